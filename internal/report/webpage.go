package report

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/text"
)

// Page is what is known of a Go WebAssembly page: the stages on its way from the
// first request to the first frame, and its figures after that.
type Page struct {
	URL     string  `json:"url"`
	Final   string  `json:"final,omitempty"` // where redirects led
	Title   string  `json:"title,omitempty"`
	Browser string  `json:"browser,omitempty"` // empty: there was none
	Stages  []Stage `json:"stages"`

	MemoryBytes int64                `json:"memory_bytes,omitempty"` // of the program's linear memory
	Funcs       int                  `json:"funcs,omitempty"`        // js.FuncOf not released
	LongTasks   int                  `json:"long_tasks"`             // of the page's thread, 50 ms and more
	Frames      *evidence.PageFrames `json:"frames,omitempty"`
}

// Outcomes of a stage.
const (
	StageOK      = "ok"
	StageFailed  = "failed"
	StageSkipped = "not reached"
	StageUnknown = "unknown" // a tab as it was, or no browser
)

// Stage is one step of a page. The first that failed is what keeps the page white.
type Stage struct {
	Name    string  `json:"name"` // page, exec-js, module, compile, instantiate, main, frame
	Outcome string  `json:"outcome"`
	AtMS    float64 `json:"at_ms"`
	TookMS  float64 `json:"took_ms,omitempty"`
	Detail  string  `json:"detail,omitempty"` // status, MIME type, size; the browser's words
}

// PageOf is what a report says of a page; nil where none was looked at.
func PageOf(p *evidence.Page) *Page {
	if p == nil {
		return nil
	}
	out := &Page{URL: p.URL, Final: p.Final, Title: p.Title, Browser: p.Browser, Stages: stagesOf(p), Frames: p.Frames}
	if out.Final == out.URL {
		out.Final = ""
	}
	for i := range p.Tasks {
		if !p.Tasks[i].Worker {
			out.LongTasks++
		}
	}
	for i := range p.Programs {
		g := &p.Programs[i]
		if n := len(g.Memory); n > 0 {
			out.MemoryBytes = max(out.MemoryBytes, g.Memory[n-1].Bytes)
		}
		if g.Funcs != nil && len(g.Funcs.Looks) > 0 {
			out.Funcs += g.Funcs.Looks[len(g.Funcs.Looks)-1].Count
		}
	}
	return out
}

func stagesOf(p *evidence.Page) []Stage {
	call, program := mainCall(p)
	var module *evidence.PageRequest
	stages := []Stage{
		requestStage("page", requestOf(p, func(q *evidence.PageRequest) bool { return q.Role == evidence.RolePage })),
		requestStage("exec-js", requestOf(p, func(q *evidence.PageRequest) bool { return q.Role == evidence.RoleExecJS })),
	}
	if call != nil && call.URL != "" {
		module = requestOf(p, func(q *evidence.PageRequest) bool { return q.URL == call.URL })
	}
	if module == nil {
		module = requestOf(p, func(q *evidence.PageRequest) bool { return q.Role == evidence.RoleModule })
	}
	stages = append(stages, requestStage("module", module))
	compile, instantiate := callStages(p, call)
	if call != nil && call.Failed && stageOfError(call) == "module" {
		m := &stages[2]
		m.Outcome, m.Detail = StageFailed, strings.TrimSpace(m.Detail+"; "+call.Error)
	}
	stages = append(stages, compile, instantiate, mainStage(program), frameStage(program))
	reached := program != nil || call != nil && !call.Failed
	for i := range stages {
		s := &stages[i]
		if s.Outcome != "" {
			continue
		}
		switch {
		case p.Attached || p.Browser == "" || reached && i < 5:
			s.Outcome = StageUnknown // inlined in the page, or not seen
		default:
			s.Outcome = StageSkipped
		}
	}
	return stages
}

// mainCall is the call that made the program that runs, else the last that failed,
// else the last.
func mainCall(p *evidence.Page) (*evidence.WasmCall, *evidence.WasmProgram) {
	for i := range p.Programs {
		g := &p.Programs[i]
		for j := range p.Calls {
			if c := &p.Calls[j]; c.ID == g.Call && c.Realm == g.Realm {
				if g.Run > 0 || i == len(p.Programs)-1 {
					return c, g
				}
			}
		}
	}
	var last *evidence.WasmCall
	for i := range p.Calls {
		if c := &p.Calls[i]; last == nil || c.Failed || !last.Failed {
			last = c
		}
	}
	if len(p.Programs) > 0 {
		return last, &p.Programs[0]
	}
	return last, nil
}

func requestOf(p *evidence.Page, is func(*evidence.PageRequest) bool) *evidence.PageRequest {
	var found *evidence.PageRequest
	for i := range p.Requests {
		if q := &p.Requests[i]; is(q) && (found == nil || found.Error != "" || found.Status >= 400) {
			found = q
		}
	}
	return found
}

func milli(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func requestStage(name string, q *evidence.PageRequest) Stage {
	s := Stage{Name: name}
	if q == nil {
		return s
	}
	s.AtMS = milli(q.At)
	if q.End > 0 {
		s.TookMS = milli(q.End - q.At)
	}
	s.Outcome = StageOK
	if q.Status >= 400 || q.Error != "" || q.Blocked != "" || q.End == 0 {
		s.Outcome = StageFailed
	}
	var parts []string
	add := func(v string) {
		if v != "" {
			parts = append(parts, v)
		}
	}
	if name != "page" {
		base, _, _ := strings.Cut(q.URL, "?")
		add(path.Base(base))
	}
	if q.Status != 0 {
		add(fmt.Sprint(q.Status))
	}
	add(q.MIME)
	if q.Decoded > 0 {
		size := text.Bytes(q.Decoded)
		if q.Encoding != "" {
			size += " (" + q.Encoding + ": " + text.Bytes(q.Received) + ")"
		}
		add(size)
	}
	if q.Cached {
		add("cached")
	}
	if q.Cache != "" {
		add("Cache-Control: " + q.Cache)
	}
	add(cmp.Or(q.Blocked, q.Error))
	s.Detail = strings.Join(parts, " · ")
	return s
}

// stageOfError is the stage that a failed call belongs to.
func stageOfError(c *evidence.WasmCall) string {
	switch {
	case c.Name == "LinkError" || strings.Contains(c.Error, "Import"):
		return "instantiate"
	case strings.Contains(c.Error, "HTTP status") || strings.Contains(c.Error, "MIME type") || strings.Contains(c.Error, "fetch"):
		return "module"
	}
	return "compile"
}

func callStages(p *evidence.Page, c *evidence.WasmCall) (compile, instantiate Stage) {
	compile, instantiate = Stage{Name: "compile"}, Stage{Name: "instantiate"}
	if c == nil {
		return compile, instantiate
	}
	at, took := milli(c.At), 0.0
	if c.End > 0 {
		took = milli(c.End - c.At)
	}
	if !c.Failed && c.End > 0 {
		if p.Browser == "" { // gomedic itself looked whether it is whole
			compile.Outcome, compile.AtMS = StageOK, at
			return compile, instantiate
		}
		// One call does both; its time is the compiler's but for a little.
		compile.Outcome, compile.AtMS, compile.TookMS, compile.Detail = StageOK, at, took, c.Op
		instantiate.Outcome, instantiate.AtMS = StageOK, milli(c.End)
		return compile, instantiate
	}
	if !c.Failed {
		compile.Outcome, compile.AtMS, compile.Detail = StageFailed, at, c.Op
		return compile, instantiate
	}
	said := strings.TrimSpace(c.Name + ": " + c.Error)
	switch stageOfError(c) {
	case "instantiate":
		compile.Outcome, compile.AtMS, compile.TookMS, compile.Detail = StageOK, at, took, c.Op
		instantiate.Outcome, instantiate.AtMS, instantiate.Detail = StageFailed, milli(c.End), said
	case "compile":
		compile.Outcome, compile.AtMS, compile.TookMS, compile.Detail = StageFailed, at, took, said
	}
	return compile, instantiate
}

func mainStage(g *evidence.WasmProgram) Stage {
	s := Stage{Name: "main"}
	if g == nil {
		return s
	}
	s.AtMS = milli(g.Run)
	switch {
	case g.Panic != nil:
		line, _, _ := strings.Cut(g.Panic.Message, "\n")
		s.Outcome, s.Detail = StageFailed, line
	case g.Exited && g.Code != 0:
		s.Outcome, s.Detail = StageFailed, fmt.Sprintf("exit code %d", g.Code)
	case g.Run > 0:
		s.Outcome, s.Detail = StageOK, g.Go
		if g.Exited {
			s.Detail = strings.TrimSpace(s.Detail + " · exit code 0")
		}
	}
	return s
}

func frameStage(g *evidence.WasmProgram) Stage {
	s := Stage{Name: "frame"}
	if g != nil && g.Drawn > 0 {
		s.Outcome, s.AtMS, s.Detail = StageOK, milli(g.Drawn), g.DrawnBy
	}
	return s
}

var stageMarks = map[string]span{
	StageOK: {styleGreen, "✓"}, StageFailed: {styleRed, "✗"}, StageSkipped: {styleDim, "·"}, StageUnknown: {styleDim, "?"},
}

// stages writes the way of a page, a line a stage.
func (t *terminal) stages() {
	p := t.r.Page
	if p == nil || p.Browser == "" && len(p.Stages) == 0 {
		return
	}
	widest := 0
	for _, s := range p.Stages {
		widest = max(widest, width(t.say("page.stage."+s.Name)))
	}
	for _, s := range p.Stages {
		word := t.say("page.stage." + s.Name)
		mark := stageMarks[s.Outcome]
		if mark.text == "" {
			mark = stageMarks[StageUnknown]
		}
		spans := []span{{"", " "}, {styleBold, word + strings.Repeat(" ", widest-width(word)+2)}}
		if s.Outcome == StageOK || s.Outcome == StageFailed {
			spans = append(spans, plain(fmt.Sprintf("%8.0f ms  ", s.AtMS)))
			detail := s.Detail
			if s.TookMS >= 1 {
				detail = strings.TrimSuffix(milliseconds(s.TookMS).In(t.o.Lang)+" · "+detail, " · ")
			}
			spans = append(spans, span{styleDim, clean(detail)})
		} else {
			spans = append(spans, span{styleDim, strings.Repeat(" ", 13) + t.say("page.outcome."+strings.ReplaceAll(s.Outcome, " ", "-"))})
		}
		t.page.line(span{mark.style, "  " + mark.text}, plain(strings.Repeat(" ", widest+20)), spans...)
	}
	t.page.blank()
}

// pageHealthyKey chooses the verdict on a page that the evidence allows.
func pageHealthyKey(r *Report, p *evidence.Page) string {
	switch {
	case p.Browser == "":
		return "page.healthy.served"
	case p.Took == 0 || len(p.Programs) == 0:
		return "page.healthy.none"
	}
	return "page.healthy"
}

// stageLines say what was looked at.
func stageLines(ev *evidence.Evidence, lang text.Lang) (lines []string) {
	if ev == nil || ev.Page == nil {
		return nil
	}
	p := PageOf(ev.Page)
	add := func(key string, args ...any) { lines = append(lines, text.T(key, args...).In(lang)) }
	if f := p.Frames; f != nil && f.Drawn > 0 {
		add("page.looked.frames", f.Drawn, fmt.Sprintf("%.0f", f.Rate), f.Dropped, f.Late, text.Duration(f.Longest))
	}
	if p.MemoryBytes > 0 {
		add("page.looked.memory", text.Bytes(p.MemoryBytes), p.Funcs, p.LongTasks)
	}
	return lines
}

// browserWords say which browser showed the page.
func browserWords(ev *evidence.Evidence, lang text.Lang) []string {
	if ev == nil || ev.Page == nil {
		return nil
	}
	words := []string{ev.Page.URL}
	if b := ev.Page.Browser; b != "" {
		words = append(words, strings.Replace(b, "/", " ", 1))
	} else {
		words = append(words, text.T("page.no-browser").In(lang))
	}
	return words
}

// htmlStage is a line of the table of stages.
type htmlStage struct{ Mark, Class, Name, At, Detail string }

func (h *htmlPage) stages() (out []htmlStage) {
	if h.r.Page == nil {
		return nil
	}
	for _, s := range h.r.Page.Stages {
		mark := stageMarks[s.Outcome].text
		line := htmlStage{Mark: mark, Class: strings.ReplaceAll(s.Outcome, " ", "-"), Name: h.say("page.stage." + s.Name), Detail: clean(s.Detail)}
		if s.Outcome == StageOK || s.Outcome == StageFailed {
			line.At = fmt.Sprintf("%.0f ms", s.AtMS)
		} else {
			line.Detail = h.say("page.outcome." + line.Class)
		}
		out = append(out, line)
	}
	return out
}
