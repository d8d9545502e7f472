package main

import (
	"os"

	"gioui.org/layout"
	"gioui.org/widget"
	"gioui.org/widget/material"
	"golang.org/x/sys/unix"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-flock",
		Illness: "a click saves a file under a file lock that another program keeps",
		ID:      []string{"ui-blocked/disk"},
		Where:   []string{"main.save"},
		Short:   true,
	}, flock)
}

func save(path, content string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	_, err = f.WriteString(content)
	return err
}

func flock(s *stage) func(layout.Context) layout.Dimensions {
	path := harness.LockedFile()
	var button widget.Clickable
	s.Click(200, 100)
	return func(gtx layout.Context) layout.Dimensions {
		if button.Clicked(gtx) {
			harness.Armed()
			if err := save(path, "settings"); err != nil {
				return material.H4(s.theme, err.Error()).Layout(gtx)
			}
		}
		return material.Button(s.theme, &button, "Save").Layout(gtx)
	}
}
