package evidence

// Labels of links that say whether an object should still be there. Any other
// label, such as "renderer cache", is shown and decides nothing.
const (
	LabelOpenWindow   = "open window"
	LabelShown        = "shown" // in an open window
	LabelClosedWindow = "closed window"
	LabelDetached     = "detached widget"
	LabelDisposed     = "disposed image"
	LabelBlocked      = "blocked for good" // of a goroutine, or its stack
)

// Verdicts of a link: HeapLink.Leaks.
const (
	LeaksYes     = "yes"
	LeaksNo      = "no"
	LeaksUnknown = ""
)
