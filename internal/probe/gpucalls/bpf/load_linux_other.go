//go:build linux && !amd64

package bpf

import (
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/gort"
)

// Probes are not there on this processor.
type Probes struct{}

var errProcessor = errors.New("gomedic's probes are made for amd64 only")

// Load answers that there are no probes for this processor.
func Load(gort.CgoLayout) (*Probes, error) { return nil, errProcessor }

// Set is never reached.
func (p *Probes) Set(string, int, []Site, bool) (func(), error) { return nil, errProcessor }

// Read is never reached.
func (p *Probes) Read(time.Time, func(*Event)) error { return errProcessor }

// Counts is never reached.
func (p *Probes) Counts() (calls [Funcs]uint64, lost uint64) { return calls, 0 }

// Stacks is never reached.
func (p *Probes) Stacks() (map[uint64]Stack, error) { return nil, errProcessor }

// End is never reached.
func (p *Probes) End() {}

// Remove is never reached.
func (p *Probes) Remove() {}

// Close is never reached.
func (p *Probes) Close() {}
