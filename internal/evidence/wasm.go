package evidence

import "time"

// Page is the evidence about a Go WebAssembly page: how its parts arrive, whether
// its programs start, and what they do then. Times are offsets from the request of
// the page. Lists are bounded and in the order of time.
type Page struct {
	URL      string        `json:"url"`
	Final    string        `json:"final,omitempty"` // where redirects led
	Title    string        `json:"title,omitempty"`
	Browser  string        `json:"browser,omitempty"`  // "Chrome/148.0.7778.167"; empty: none was there
	Attached bool          `json:"attached,omitempty"` // a tab as it was: nothing is known of how it loaded
	Up       time.Duration `json:"up,omitempty"`       // the browser's start
	Took     time.Duration `json:"took"`
	Idle     bool          `json:"idle,omitempty"`    // loading ended because nothing more happened
	Crashed  bool          `json:"crashed,omitempty"` // the page's process ended

	Requests []PageRequest `json:"requests,omitempty"`
	Calls    []WasmCall    `json:"calls,omitempty"`
	Programs []WasmProgram `json:"programs,omitempty"`
	Errors   []PageError   `json:"errors,omitempty"`
	Issues   []PageIssue   `json:"issues,omitempty"`
	Contexts []PageContext `json:"contexts,omitempty"` // that canvases were asked for
	Tasks    []PageTask    `json:"tasks,omitempty"`    // the long ones
	Frames   *PageFrames   `json:"frames,omitempty"`
}

// Roles of a request.
const (
	RolePage   = "page"
	RoleExecJS = "exec-js" // wasm_exec.js
	RoleModule = "module"
)

// PageRequest is one thing that the page asked a server for.
type PageRequest struct {
	URL      string        `json:"url"`
	Role     string        `json:"role,omitempty"`
	Kind     string        `json:"kind,omitempty"` // the browser's: Document, Script, Fetch
	At       time.Duration `json:"at"`
	End      time.Duration `json:"end,omitempty"` // 0: it had not ended
	Status   int           `json:"status,omitempty"`
	MIME     string        `json:"mime,omitempty"`
	Encoding string        `json:"encoding,omitempty"`
	Cache    string        `json:"cache,omitempty"`    // Cache-Control
	Declared int64         `json:"declared,omitempty"` // Content-Length; -1: not said
	Received int64         `json:"received,omitempty"` // bytes that came
	Decoded  int64         `json:"decoded,omitempty"`  // … after decoding
	Error    string        `json:"error,omitempty"`    // net::ERR_…
	Blocked  string        `json:"blocked,omitempty"`  // the browser's reason: csp, mixed-content, corp-…, CORS errors
	Head     string        `json:"head,omitempty"`     // its first bytes in hex, where they were looked at
	Cached   bool          `json:"cached,omitempty"`
}

// WasmCall is one call of WebAssembly's functions.
type WasmCall struct {
	ID      int           `json:"id"`
	Realm   string        `json:"realm"`
	Worker  bool          `json:"worker,omitempty"`
	Op      string        `json:"op"`           // instantiateStreaming, instantiate, compile, Module, Instance …
	Of      int           `json:"of,omitempty"` // the call that made the module it is given
	At      time.Duration `json:"at"`
	End     time.Duration `json:"end,omitempty"` // 0: it had not ended
	URL     string        `json:"url,omitempty"` // of what it streams
	Size    int64         `json:"size,omitempty"`
	Head    string        `json:"head,omitempty"` // the bytes' first, in hex
	Name    string        `json:"name,omitempty"` // of the error: CompileError, LinkError, TypeError
	Error   string        `json:"error,omitempty"`
	Failed  bool          `json:"failed,omitempty"`
	Imports []string      `json:"imports,omitempty"` // the modules that it imports from: gojs, env
	Offers  []string      `json:"offers,omitempty"`  // the modules for which the page gives functions
}

// Kinds of programs.
const (
	ProgramGo     = "go"
	ProgramTinyGo = "tinygo"
	ProgramOther  = "other" // not from Go
)

// WasmProgram is one instance of a module.
type WasmProgram struct {
	Kind    string        `json:"kind"`
	Call    int           `json:"call,omitempty"` // that made the instance
	Realm   string        `json:"realm"`
	Worker  bool          `json:"worker,omitempty"`
	At      time.Duration `json:"at"`              // it was made
	Run     time.Duration `json:"run,omitempty"`   // its runtime began; 0: not, or unknown
	Drawn   time.Duration `json:"drawn,omitempty"` // the first change of the page after that
	Exports []string      `json:"exports,omitempty"`
	DrawnBy string        `json:"drawn_by,omitempty"` // dom, canvas, frame
	Exited  bool          `json:"exited,omitempty"`
	ExitAt  time.Duration `json:"exit_at,omitempty"`
	Code    int           `json:"code,omitempty"`
	Exit    []Frame       `json:"exit,omitempty"` // the stack that ended it, innermost first
	Main    *Frame        `json:"main,omitempty"` // its function main

	Go       string `json:"go,omitempty"` // "go1.26.8"
	Stripped bool   `json:"stripped,omitempty"`
	Module   string `json:"module,omitempty"` // the main module's path

	Stderr string      `json:"stderr,omitempty"` // what the runtime wrote, the end of it
	Panic  *WasmPanic  `json:"panic,omitempty"`
	Memory []WasmGrown `json:"memory,omitempty"` // its size at first, and whenever it grew
	Funcs  *WasmFuncs  `json:"funcs,omitempty"`
}

// WasmPanic is what a program printed when it broke down.
type WasmPanic struct {
	Message   string      `json:"message"` // "panic: runtime error: index out of range [3] with length 3"
	Goroutine *Goroutine  `json:"goroutine,omitempty"`
	Others    []Goroutine `json:"others,omitempty"`
}

// WasmGrown is the size of a linear memory from a moment on, and the code that made
// it grow.
type WasmGrown struct {
	At     time.Duration `json:"at"`
	Bytes  int64         `json:"bytes"`
	Frames []Frame       `json:"frames,omitempty"` // innermost first
}

// WasmFuncs are the callbacks that Go has made for JavaScript (js.FuncOf) and not
// released, at some moments.
type WasmFuncs struct {
	Looks []WasmFuncsLook `json:"looks"`
	Sites []WasmFuncsAt   `json:"sites,omitempty"` // most at the last look first
}

// WasmFuncsLook is one count of them.
type WasmFuncsLook struct {
	At    time.Duration `json:"at"`
	Count int           `json:"count"`
}

// WasmFuncsAt are those whose Go function is the same: its first line, and how many
// there were at each look.
type WasmFuncsAt struct {
	Frame
	Counts []int `json:"counts"`
}

// PageError is an error that nothing in the page caught, or that the browser told.
type PageError struct {
	At     time.Duration `json:"at"`
	From   string        `json:"from"` // exception, console, network, security, …
	Text   string        `json:"text"`
	URL    string        `json:"url,omitempty"`
	Line   int           `json:"line,omitempty"`
	Frames []Frame       `json:"frames,omitempty"` // of it in the module, innermost first
}

// PageIssue is what the browser says of a rule that it applied.
type PageIssue struct {
	Kind      string `json:"kind"` // csp, mixed-content, response, cors
	URL       string `json:"url,omitempty"`
	Directive string `json:"directive,omitempty"` // of the policy; the reason of others
	Violation string `json:"violation,omitempty"` // kInlineViolation, kWasmEvalViolation, …
}

// PageContext is a drawing context that a canvas was asked for.
type PageContext struct {
	At      time.Duration `json:"at"`
	Realm   string        `json:"realm"`
	Type    string        `json:"type"` // 2d, webgl, webgl2, webgpu
	OK      bool          `json:"ok"`
	Running bool          `json:"running,omitempty"` // a Go program ran by then
	Lost    bool          `json:"lost,omitempty"`
}

// PageTask is a stretch in which the page's thread did one thing and answered
// nothing else.
type PageTask struct {
	At     time.Duration `json:"at"`
	Took   time.Duration `json:"took"`
	CPU    time.Duration `json:"cpu,omitempty"` // that its thread had meanwhile
	Worker bool          `json:"worker,omitempty"`
	Open   bool          `json:"open,omitempty"`   // it had not ended
	Wasm   float64       `json:"wasm,omitempty"`   // share of Go code, callees in JavaScript included
	Shares []TaskShare   `json:"shares,omitempty"` // by the user's function nearest to the work, most first
}

// TaskShare is the share of a function in a task: the user's, with all that it calls.
type TaskShare struct {
	Frame
	Share float64 `json:"share"`
	Doing string  `json:"doing,omitempty"` // the function below it in which most of that was spent
}

// PageFrames are the frames that the browser drew, by its own account, after the
// program began to run.
type PageFrames struct {
	From    time.Duration `json:"from"`
	To      time.Duration `json:"to"`
	Drawn   int           `json:"drawn"`
	Dropped int           `json:"dropped"`
	Longest time.Duration `json:"longest,omitempty"` // between two frames while frames were wanted
	Rate    float64       `json:"rate,omitempty"`    // a second, while frames were wanted
	Late    int           `json:"late"`              // gaps longer than twice the usual
}

// FirstRun is when the first program began to run; 0: none did.
func (p *Page) FirstRun() time.Duration {
	first := time.Duration(0)
	for i := range p.Programs {
		if run := p.Programs[i].Run; run > 0 && (first == 0 || run < first) {
			first = run
		}
	}
	return first
}

// repair makes the lists of a page fit each other, so that rules may follow their
// indexes.
func (p *Page) repair() {
	for i := range p.Programs {
		f := p.Programs[i].Funcs
		if f == nil {
			continue
		}
		for j := range f.Sites {
			s := &f.Sites[j]
			for len(s.Counts) < len(f.Looks) {
				s.Counts = append(s.Counts, 0)
			}
			s.Counts = s.Counts[:len(f.Looks)]
		}
	}
	for i := range p.Tasks {
		for j := range p.Tasks[i].Shares {
			s := &p.Tasks[i].Shares[j]
			s.Share = min(max(s.Share, 0), 1)
		}
		p.Tasks[i].Wasm = min(max(p.Tasks[i].Wasm, 0), 1)
	}
}
