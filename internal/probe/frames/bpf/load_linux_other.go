//go:build linux && !amd64

package bpf

import (
	"errors"
	"time"
)

// Probes are not there on this processor: nobody has tried which instructions its
// kernel emulates.
type Probes struct{ SchedBy error }

var errProcessor = errors.New("gomedic's probes are made for amd64 only")

// Load answers that there are no probes for this processor.
func Load(string, int, Layout, []Site) (*Probes, error) { return nil, errProcessor }

// SetUI, Look, Read, Lost and Close are never reached.
func (p *Probes) SetUI(uint64) error { return errProcessor }

// Look is never reached.
func (p *Probes) Look(int, int, bool) error { return errProcessor }

// Forget is never reached.
func (p *Probes) Forget(time.Duration) {}

// Watch is never reached.
func (p *Probes) Watch(int, uint64, uint64) error { return errProcessor }

// Absent is never reached.
func (p *Probes) Absent(int) (Absence, bool) { return Absence{}, false }

// Read is never reached.
func (p *Probes) Read(func(*Event)) error { return errProcessor }

// Lost is never reached.
func (p *Probes) Lost() uint64 { return 0 }

// Close is never reached.
func (p *Probes) Close() error { return nil }

// Leave is never reached.
func (p *Probes) Leave() {}
