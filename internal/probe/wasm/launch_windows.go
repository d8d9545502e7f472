package wasm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// connect starts the browser with a port of its choice, which it writes into its
// folder, and puts it into a job that ends with gomedic.
func (p *process) connect(ctx context.Context) (cdp.Transport, error) {
	p.cmd.Args = append(p.cmd.Args[:1:1], append([]string{"--remote-debugging-port=0"}, p.cmd.Args[1:]...)...)
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, err
	}
	p.release = func() { windows.CloseHandle(job) }
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, p.failure(err)
	}
	go p.wait()
	handle, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.cmd.Process.Pid))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, handle)
		windows.CloseHandle(handle)
	}
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := os.ReadFile(filepath.Join(p.profile, "DevToolsActivePort")); err == nil {
			if port, path, ok := strings.Cut(strings.TrimSpace(string(b)), "\n"); ok {
				return cdp.Dial(ctx, "ws://127.0.0.1:"+port+path)
			}
		}
		select {
		case <-tick.C:
		case <-p.exited:
			return nil, p.failure(ErrNoAnswer)
		case <-ctx.Done():
			return nil, p.failure(ErrNoAnswer)
		}
	}
}

func (p *process) kill() { p.cmd.Process.Kill() }

func alive(pid int) bool {
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(handle)
	var code uint32
	return windows.GetExitCodeProcess(handle, &code) == nil && code == 259 // STILL_ACTIVE
}
