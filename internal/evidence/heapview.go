package evidence

// HeapTop divides the live objects of one moment, the largest groups first.
type HeapTop struct {
	By   HeapBy    `json:"by"`
	Look HeapLook  `json:"look"`
	Rows []HeapRow `json:"rows"`
	// Groups is how many groups there are in all, Rest the sum of those that are not
	// among the rows; what they retain may overlap and is not summed.
	Groups int     `json:"groups"`
	Rest   HeapRow `json:"rest,omitzero"`
}

// HeapBy is by what objects are divided.
type HeapBy string

// The divisions.
const (
	ByType      HeapBy = "type"
	ByPackage   HeapBy = "package" // of the type
	ByRoot      HeapBy = "root"    // of the shortest chain
	ByGlobal    HeapBy = "global"  // of those, package variables
	ByGoroutine HeapBy = "goroutine"
)

// HeapDivisions are all of them.
var HeapDivisions = []HeapBy{ByType, ByPackage, ByRoot, ByGlobal, ByGoroutine}

// HeapRow is one group.
type HeapRow struct {
	Name   string `json:"name"` // empty: the type is not known
	Origin Origin `json:"origin,omitempty"`
	// Size is of each object, where the type is not known and the size is all there is.
	Size  int64 `json:"size,omitempty"`
	Count int64 `json:"count"`
	Bytes int64 `json:"bytes"` // their own
	// Retained is what would be freed with them: an object that several of them
	// dominate counts once. Of roots: what they reach on the shortest ways.
	Retained int64 `json:"retained"`
}

// HeapPaths are the shortest chains from roots to objects, equal ones once.
type HeapPaths struct {
	Query   string   `json:"query"`
	Types   []string `json:"types,omitempty"` // that the query names
	Objects int64    `json:"objects"`         // live ones that it names
	Garbage int64    `json:"garbage"`         // and those that nothing reaches
	// Similar are names of types, where the query names none.
	Similar []string `json:"similar,omitempty"`
	// Traces are the chains, those that retain most first; Signatures is how many
	// different ones there are.
	Traces     []HeapSuspect `json:"traces,omitempty"`
	Signatures int           `json:"signatures"`
}

// HeapObject is one object in detail.
type HeapObject struct {
	Object HeapLink `json:"object"`
	// Inside is where in the object the address lies that was asked for.
	Inside  int64  `json:"inside,omitempty"`
	Garbage bool   `json:"garbage,omitempty"` // nothing reaches it
	Package string `json:"package,omitempty"`
	// Dominator is the object with which this one would be freed, nil: several ways
	// from the roots lead here.
	Dominator *HeapLink         `json:"dominator,omitempty"`
	Fields    []HeapObjectField `json:"fields,omitempty"`
	More      int64             `json:"more,omitempty"` // fields, elements or entries that are left out
	// Referrers are who points to it, those of Referred in all that retain least and
	// so say most.
	Referrers []HeapLink `json:"referrers,omitempty"`
	Referred  int64      `json:"referred"`
	// Chain is the shortest one from a root.
	Chain []HeapLink `json:"chain,omitempty"`
}

// HeapObjectField is a field, an element, an entry or a captured variable.
type HeapObjectField struct {
	Name  string `json:"name"` // ".items", "[3]", "[\"key\"]", "+16"
	Type  string `json:"type,omitempty"`
	Value string `json:"value"`
	// Target is the object that it points to.
	Target *HeapLink `json:"target,omitempty"`
}

// HeapWidgets is what a toolkit's windows show, and what they do not.
type HeapWidgets struct {
	Toolkit string        `json:"toolkit"`
	Version string        `json:"version,omitempty"`
	Windows []*HeapWidget `json:"windows,omitempty"`
	Closed  []*HeapWidget `json:"closed,omitempty"` // windows
	// Elsewhere are widgets that are shown without a window above them being known.
	Elsewhere []*HeapWidget `json:"elsewhere,omitempty"`
	// Detached are the types of widgets that no window shows.
	Detached []HeapRow `json:"detached,omitempty"`
	Shown    int64     `json:"shown"` // widgets
}

// HeapWidget is a window or a widget, with what it shows.
type HeapWidget struct {
	Type     string        `json:"type"`
	Addr     uint64        `json:"addr"`
	Text     string        `json:"text,omitempty"` // its title or text
	Size     int64         `json:"size"`
	Retained int64         `json:"retained"`
	Hidden   bool          `json:"hidden,omitempty"`
	Origin   Origin        `json:"origin,omitempty"`
	Children []*HeapWidget `json:"children,omitempty"`
	More     int64         `json:"more,omitempty"` // children that are left out
}
