package main

import (
	"hash/crc64"
	"runtime"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "glfw-stutter-processor",
		Illness: "GOMAXPROCS is 1, and three goroutines check an archive: the UI waits for them after each C call",
		ID:      []string{"ui-starved/scheduler"},
	}, program{build: stutterProcessor})
}

func checkArchive(archive []byte) (sum uint64) {
	table := crc64.MakeTable(crc64.ECMA)
	for {
		sum = crc64.Update(sum, table, archive)
	}
}

func stutterProcessor(s *stage) func() {
	runtime.GOMAXPROCS(1)
	s.Later(func() {
		for range 3 {
			go checkArchive(make([]byte, 1<<16))
		}
		harness.Armed()
	})
	return spinner
}
