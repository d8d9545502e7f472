package report

import (
	"github.com/gomedic/gomedic/internal/text"
)

// Leak is what a finding of the family leak is about: objects, how they grow, and
// one chain of references that keeps them from being freed. Sizes are bytes.
type Leak struct {
	Type           string  `json:"type"`                       // of the objects
	Count          int64   `json:"count"`                      // at the last look
	Bytes          int64   `json:"bytes"`                      // freed with them
	PerSecond      float64 `json:"per_second,omitempty"`       // objects
	BytesPerSecond float64 `json:"bytes_per_second,omitempty"` // retained
	// Looks are the figures of each look, oldest first: the points of a chart.
	Looks     []LeakLook `json:"looks,omitempty"`
	Signature string     `json:"signature,omitempty"` // equal for equal chains
	Chains    int        `json:"chains,omitempty"`    // equal ones
	// Chain leads from a root to an object; each link but the last refers to the next.
	Chain []LeakLink `json:"chain,omitempty"`
}

// LeakLook is how much there was of it at one look.
type LeakLook struct {
	AtMS  int64 `json:"at_ms"` // since the first
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"`
}

// LeakLink is a root, or an object, of a chain.
type LeakLink struct {
	Kind      string    `json:"kind"`           // see evidence.LinkKind
	Name      string    `json:"name,omitempty"` // of a root, or of a closure's function
	Type      string    `json:"type,omitempty"`
	Ref       string    `json:"ref,omitempty"`  // to the next link: ".items", "[17]"
	Addr      string    `json:"addr,omitempty"` // "0xc000012345"
	Size      int64     `json:"size,omitempty"`
	Retained  int64     `json:"retained,omitempty"`
	Len       int64     `json:"len,omitempty"` // elements, of a container
	Goroutine uint64    `json:"goroutine,omitempty"`
	Place     *Place    `json:"place,omitempty"`
	Yours     bool      `json:"yours,omitempty"` // the type, or the function, is the user's own
	Label     string    `json:"label,omitempty"` // what it is to the toolkit
	Leaks     string    `json:"leaks,omitempty"` // "yes": should be gone, "no": belongs there; absent: not known
	Why       text.Text `json:"why,omitzero"`    // because of what
	// Suspect: the reference to the next link may be the one that should not be there.
	Suspect bool `json:"suspect,omitempty"`
}
