package main

import (
	"sync"
	"time"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "plain-leak-sync-map",
		Illness: "the state of each upload is stored in a sync.Map and stays when the upload is done",
		Leak:    true,
		ID:      []string{"leak/map"},
		Global:  "main.uploads",
		Type:    []string{"main.upload", "sync.Map"},
		Where:   []string{"main.begin"},
	}, leakSyncMap)
}

type upload struct {
	done  bool
	parts []byte
}

var uploads sync.Map // of int to *upload

//go:noinline
func begin(id int) *upload {
	u := &upload{parts: make([]byte, 2<<10)}
	uploads.Store(id, u)
	return u
}

func leakSyncMap() {
	go func() {
		for id := range 1 << 30 {
			begin(id).done = true
			time.Sleep(10 * time.Millisecond)
		}
	}()
	harness.Armed()
}
