package evidence

import "time"

// KindPage is a page in a browser.
const KindPage = "page"

// Drawn says whether the program has changed its page.
type Drawn string

// What is known of it.
const (
	DrawnYes     Drawn = "yes"
	DrawnNo      Drawn = "no"
	DrawnUnknown Drawn = ""
)

// PageRuntime is the Go program of a page, beside its goroutines: who could wake them.
type PageRuntime struct {
	URL     string        `json:"url,omitempty"`
	Browser string        `json:"browser,omitempty"` // "Chrome/148.0.7778.167"
	Memory  int64         `json:"memory"`            // bytes
	Ran     time.Duration `json:"ran,omitempty"`     // since the program was started; 0: unknown
	Looks   int           `json:"looks"`
	// Busy are the looks at which the page's thread did not answer and was stopped.
	Busy int `json:"busy,omitempty"`
	// Callbacks are the Go functions that JavaScript can call (js.FuncOf), -1: unknown.
	Callbacks int `json:"callbacks"`
	// Timers are those of the program that will fire.
	Timers int `json:"timers"`
	// Exports are the program's own functions that JavaScript can call
	// (go:wasmexport).
	Exports []string `json:"exports,omitempty"`
	Drawn   Drawn    `json:"drawn,omitempty"`
	Worker  bool     `json:"worker,omitempty"` // it runs in a worker, not on the page's thread
	Exited  bool     `json:"exited,omitempty"`
	Code    int      `json:"code,omitempty"`  // with which it exited
	Fatal   string   `json:"fatal,omitempty"` // the runtime's last words: "all goroutines are asleep - deadlock!"
	// Stuck are the waits that nothing can end.
	Stuck []StuckGoroutine `json:"stuck,omitempty"`
	// NoHeap: the heap could not be read, so that Stuck is not known.
	NoHeap bool `json:"no_heap,omitempty"`
}

// StuckGoroutine is a goroutine that nothing can wake.
type StuckGoroutine struct {
	Goroutine uint64 `json:"goroutine"`
	// Never: it waits for nothing that could come: select {} or a nil channel.
	Never bool `json:"never,omitempty"`
	// Others have what it waits for, and are stuck as well.
	Others []uint64 `json:"others,omitempty"`
}
