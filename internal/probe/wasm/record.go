package wasm

import (
	"encoding/hex"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// Bounds of what is kept of a page.
const (
	maxRequests = 400
	maxTries    = 64
	maxPrograms = 16
	maxErrors   = 200
	maxIssues   = 200
	maxContexts = 200
	maxText     = 2 << 10  // bytes of a message
	maxStderr   = 64 << 10 // bytes of what a program wrote
	maxGrown    = 2000
)

// recorder makes evidence of the page's events. Its methods may be called at the
// same time.
type recorder struct {
	mu   sync.Mutex
	page evidence.Page

	frame    string  // the tab's own frame
	mono     float64 // the time of the page's request, seconds of the browser's clock
	wall     float64 // … seconds since 1970
	requests map[string]*evidence.PageRequest
	inflight map[string]bool
	calls    map[string]*evidence.WasmCall // by realm and id
	programs map[string]*evidence.WasmProgram
	imports  map[string]int      // of calls: how many functions the module imports
	tiny     map[string]bool     // of calls: the module says that TinyGo made it
	exits    map[string]string   // of programs: the stack that ended them
	stacks   map[string][]string // of programs: the stack of each entry of Memory
	console  map[string]*tail    // what a session printed
	loaded   bool                // the page's load event
	failed   string              // the page itself could not be had: net::ERR_…
	last     time.Time           // something happened
	trace    *trace
	traced   chan struct{} // closed when the trace is whole
}

func newRecorder() *recorder {
	return &recorder{
		requests: map[string]*evidence.PageRequest{},
		inflight: map[string]bool{},
		calls:    map[string]*evidence.WasmCall{},
		programs: map[string]*evidence.WasmProgram{},
		stacks:   map[string][]string{},
		imports:  map[string]int{},
		tiny:     map[string]bool{},
		exits:    map[string]string{},
		console:  map[string]*tail{},
		last:     time.Now(),
		trace:    newTrace(),
		traced:   make(chan struct{}),
	}
}

// at is the offset of a time of the browser's clock.
func (r *recorder) at(mono float64) time.Duration {
	if mono == 0 || r.mono == 0 {
		return 0
	}
	return max(0, time.Duration((mono-r.mono)*float64(time.Second)))
}

// since is the offset of a time since 1970, in milliseconds.
func (r *recorder) since(ms float64) time.Duration {
	if r.wall == 0 {
		return 0
	}
	return max(0, time.Duration((ms/1000-r.wall)*float64(time.Second)))
}

func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// heard takes an event of the browser.
func (r *recorder) heard(e cdp.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	domain, _, _ := strings.Cut(e.Method, ".")
	switch domain {
	case "Network":
		r.network(e)
	case "Tracing":
		r.tracing(e)
		return
	case "Page":
		r.pageEvent(e)
	case "Runtime":
		r.runtime(e)
	case "Log":
		r.log(e)
	case "Audits":
		r.issue(e)
	case "Inspector":
		if e.Method == "Inspector.targetCrashed" {
			r.page.Crashed = true
		}
	default:
		return
	}
	r.last = time.Now()
}

func (r *recorder) pageEvent(e cdp.Event) {
	switch e.Method {
	case "Page.loadEventFired":
		r.loaded = true
	case "Page.frameNavigated":
		var m struct {
			Frame struct{ ID, ParentID, URL, UnreachableURL string }
		}
		if json.Unmarshal(e.Params, &m) == nil && m.Frame.ParentID == "" && m.Frame.UnreachableURL == "" {
			r.page.Final = clip(m.Frame.URL)
		}
	}
}

func (r *recorder) runtime(e cdp.Event) {
	switch e.Method {
	case "Runtime.exceptionThrown":
		var m struct {
			Timestamp        float64
			ExceptionDetails struct {
				Text, URL  string
				LineNumber int
				Exception  struct {
					Description string
					Value       json.RawMessage
				}
			}
		}
		if json.Unmarshal(e.Params, &m) != nil {
			return
		}
		d := m.ExceptionDetails
		text := d.Exception.Description
		if text == "" {
			text = strings.TrimSpace(d.Text + " " + string(d.Exception.Value))
		}
		r.addError(evidence.PageError{At: r.since(m.Timestamp), From: "exception", Text: text, URL: d.URL, Line: d.LineNumber + 1})
	case "Runtime.consoleAPICalled":
		var m struct {
			Type      string
			Timestamp float64
			Args      []struct {
				Value       json.RawMessage
				Description string
			}
		}
		if json.Unmarshal(e.Params, &m) != nil {
			return
		}
		var words []string
		for _, a := range m.Args {
			var s string
			switch {
			case json.Unmarshal(a.Value, &s) == nil && len(a.Value) > 0:
			case a.Description != "":
				s = a.Description
			default:
				s = string(a.Value)
			}
			words = append(words, s)
		}
		text := strings.Join(words, " ")
		t := r.console[e.Session]
		if t == nil && len(r.console) < maxPrograms {
			t = &tail{most: maxStderr}
			r.console[e.Session] = t
		}
		if t != nil {
			t.Write([]byte(text + "\n"))
		}
		if m.Type == "error" || m.Type == "assert" {
			r.addError(evidence.PageError{At: r.since(m.Timestamp), From: "console", Text: text})
		}
	}
}

func (r *recorder) log(e cdp.Event) {
	var m struct {
		Entry struct {
			Source, Level, Text, URL string
			LineNumber               int
			Timestamp                float64
		}
	}
	if e.Method == "Log.entryAdded" && json.Unmarshal(e.Params, &m) == nil && m.Entry.Level == "error" {
		r.addError(evidence.PageError{At: r.since(m.Entry.Timestamp), From: m.Entry.Source, Text: m.Entry.Text, URL: m.Entry.URL, Line: m.Entry.LineNumber + 1})
	}
}

func (r *recorder) addError(e evidence.PageError) {
	if len(r.page.Errors) >= maxErrors {
		return
	}
	e.Text, e.URL = clip(e.Text), clip(e.URL)
	r.page.Errors = append(r.page.Errors, e)
}

// issue takes what the browser says of its rules (Audits.issueAdded).
func (r *recorder) issue(e cdp.Event) {
	var m struct {
		Issue struct {
			Code    string
			Details struct {
				CSP *struct {
					BlockedURL, ViolatedDirective      string
					IsReportOnly                       bool
					ContentSecurityPolicyViolationType string
				} `json:"contentSecurityPolicyIssueDetails"`
				Mixed *struct {
					ResolutionStatus, InsecureURL string
				} `json:"mixedContentIssueDetails"`
				Response *struct {
					Reason  string
					Request struct{ URL string }
				} `json:"blockedByResponseIssueDetails"`
				CORS *struct {
					IsWarning       bool
					CORSErrorStatus struct{ CORSError string }
					Request         struct{ URL string }
				} `json:"corsIssueDetails"`
			}
		}
	}
	if e.Method != "Audits.issueAdded" || json.Unmarshal(e.Params, &m) != nil || len(r.page.Issues) >= maxIssues {
		return
	}
	d := m.Issue.Details
	issue := evidence.PageIssue{}
	switch {
	case d.CSP != nil && !d.CSP.IsReportOnly:
		issue = evidence.PageIssue{Kind: "csp", URL: d.CSP.BlockedURL, Directive: d.CSP.ViolatedDirective, Violation: d.CSP.ContentSecurityPolicyViolationType}
	case d.Mixed != nil && d.Mixed.ResolutionStatus == "MixedContentBlocked":
		issue = evidence.PageIssue{Kind: "mixed-content", URL: d.Mixed.InsecureURL}
	case d.Response != nil:
		issue = evidence.PageIssue{Kind: "response", URL: d.Response.Request.URL, Directive: d.Response.Reason}
	case d.CORS != nil && !d.CORS.IsWarning:
		issue = evidence.PageIssue{Kind: "cors", URL: d.CORS.Request.URL, Directive: d.CORS.CORSErrorStatus.CORSError}
	default:
		return
	}
	issue.URL, issue.Directive = clip(issue.URL), clip(issue.Directive)
	r.page.Issues = append(r.page.Issues, issue)
}

// said takes a word of the script.
func (r *recorder) said(w Word) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	var m word
	if json.Unmarshal(w.JSON, &m) != nil {
		return
	}
	at := r.since(m.T)
	key := w.Realm + "#" + itoa(m.ID)
	switch w.Kind {
	case "begin":
		if len(r.calls) >= maxTries {
			return
		}
		c := &evidence.WasmCall{ID: m.ID, Realm: w.Realm, Worker: w.Worker, Op: m.Op, Of: m.Module, At: at, Size: m.Size, Head: hex.EncodeToString(m.Head)}
		for name := range m.Have {
			c.Offers = append(c.Offers, name)
		}
		slices.Sort(c.Offers)
		r.calls[key] = c
	case "source":
		if c := r.calls[key]; c != nil {
			c.URL = clip(m.URL)
			if m.Error != nil {
				c.Name, c.Error = m.Error.Name, clip(m.Error.Message)
			}
		}
	case "end":
		c := r.calls[key]
		if c == nil {
			return
		}
		c.End = at
		if m.Error != nil {
			c.Failed, c.Name, c.Error = true, clip(m.Error.Name), clip(m.Error.Message)
		}
		c.Imports = importsOf(m.Shape)
		if m.Shape != nil {
			r.tiny[key] = m.Shape.TinyGo
			for _, i := range m.Shape.Imports {
				if len(i) == 3 && i[2] == "function" {
					r.imports[key]++
				}
			}
		}
	case "instance":
		if len(r.programs) >= maxPrograms {
			return
		}
		p := &evidence.WasmProgram{Kind: evidence.ProgramOther, Call: m.ID, Realm: w.Realm, Worker: w.Worker, At: at, Exports: m.Exports[:min(len(m.Exports), 64)]}
		imports := []string(nil)
		if c := r.calls[key]; c != nil {
			imports = c.Imports
		}
		switch {
		case slices.Contains(m.Exports, "getsp") && slices.Contains(m.Exports, "resume"):
			p.Kind = evidence.ProgramGo
		case r.tiny[key] || slices.Contains(imports, "gojs") || slices.Contains(m.Exports, "go_scheduler") || slices.Contains(m.Exports, "asyncify_start_unwind"):
			p.Kind = evidence.ProgramTinyGo
		}
		p.Memory = []evidence.WasmGrown{{At: at, Bytes: m.Memory}}
		r.programs[key] = p
		r.stacks[key] = []string{""}
	case "context":
		if len(r.page.Contexts) < maxContexts {
			r.page.Contexts = append(r.page.Contexts, evidence.PageContext{At: at, Realm: w.Realm, Type: m.Type, OK: m.OK, Running: m.Running})
		}
	case "contextlost":
		if len(r.page.Contexts) < maxContexts {
			r.page.Contexts = append(r.page.Contexts, evidence.PageContext{At: at, Realm: w.Realm, Type: "webgl", Lost: true})
		}
	default:
		if p := r.programs[key]; p != nil {
			r.ofProgram(key, w.Kind, p, &m, at)
		}
	}
}

// ofProgram takes a word about a program that was instantiated.
func (r *recorder) ofProgram(key, kind string, p *evidence.WasmProgram, m *word, at time.Duration) {
	switch kind {
	case "run":
		p.Run = max(at, 1)
	case "drawn":
		p.Drawn, p.DrawnBy = max(at, 1), m.How
	case "exit":
		p.Exited, p.ExitAt, p.Code = true, at, m.Code
		r.exits[key] = m.Stack
	case "write":
		if m.FD == 2 || m.FD == 1 {
			p.Stderr += strings.ToValidUTF8(m.Text, "\uFFFD")
			if over := len(p.Stderr) - maxStderr; over > 0 {
				// What comes first is the panic, what comes last the goroutines: both matter.
				p.Stderr = p.Stderr[:maxStderr/2] + p.Stderr[maxStderr/2+over:]
			}
		}
	case "grown":
		if len(p.Memory) < maxGrown {
			p.Memory = append(p.Memory, evidence.WasmGrown{At: at, Bytes: m.Bytes})
			r.stacks[key] = append(r.stacks[key], m.Stack)
		}
	}
}

// word is what the script says, of any kind.
type word struct {
	ID      int
	T       float64 // milliseconds since 1970
	Op      string
	Module  int
	Size    int64
	Head    bytesList
	Have    map[string][]string
	URL     string
	Error   *struct{ Name, Message string }
	Shape   *shape
	Exports []string
	Memory  int64
	Code    int
	FD      int64
	Text    string
	Bytes   int64
	Stack   string
	How     string
	Type    string
	OK      bool
	Running bool
}

type shape struct {
	Imports [][]string
	Exports []string
	TinyGo  bool // its producers section says so
}

// bytesList is a list of numbers in JSON.
type bytesList []byte

func (b *bytesList) UnmarshalJSON(raw []byte) error {
	var numbers []uint8
	var list []int
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	for _, n := range list {
		numbers = append(numbers, uint8(n))
	}
	*b = numbers
	return nil
}

// importsOf are the modules that a module imports from.
func importsOf(s *shape) (out []string) {
	if s == nil {
		return nil
	}
	for _, i := range s.Imports {
		if len(i) == 3 && !slices.Contains(out, clip(i[0])) {
			out = append(out, clip(i[0]))
		}
	}
	slices.Sort(out)
	return out
}

var moduleName = regexp.MustCompile(`(?i)\.wasm(\.(gz|br|zst))?$`)

// roleOf says what a request is for, by its name and what the server says.
func roleOf(q *evidence.PageRequest) string {
	name, _, _ := strings.Cut(q.URL, "?")
	name, _, _ = strings.Cut(name, "#")
	base := path.Base(name)
	switch {
	case moduleName.MatchString(base) || q.MIME == "application/wasm":
		return evidence.RoleModule
	case strings.Contains(base, "wasm_exec") || strings.Contains(base, "wasm-exec"):
		return evidence.RoleExecJS
	}
	return ""
}
