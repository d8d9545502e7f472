package dev

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// TempError says that no folder can be made for what is built.
type TempError struct{ Err error }

func (e *TempError) Error() string { return e.Err.Error() }
func (e *TempError) Unwrap() error { return e.Err }

const tempPrefix = "gomedic-dev-"

// tempDir makes a folder that goes with this process: where that is killed, the next one
// removes it. Its path is short, as that of a socket has to be.
func tempDir() (string, error) {
	return os.MkdirTemp("", tempPrefix+strconv.Itoa(os.Getpid())+"-")
}

// sweep removes what killed processes have left behind.
func sweep() {
	all, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*-*"))
	for _, dir := range all {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), tempPrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err != nil || pid == os.Getpid() {
			continue
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); os.IsNotExist(err) && procIsThere() {
			_ = os.RemoveAll(dir) // of another user's: it stays
		}
	}
}

// procIsThere: the system shows processes as files.
func procIsThere() bool {
	_, err := os.Stat("/proc/self")
	return err == nil
}
