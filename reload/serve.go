package reload

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

// The environment of a program that gomedic dev has started. Both are read by the first
// NewHost, and taken out of the environment.
const (
	// EnvDev is the path of a Unix socket that the program connects to, to be driven by
	// what comes from there; see [Host.Serve].
	EnvDev = "GOMEDIC_RELOAD_SOCKET"
	// EnvState is the path of a file of states to begin with; see [Host.Restore].
	EnvState = "GOMEDIC_RELOAD_STATE"
)

// Request is what gomedic dev asks a program to do: one JSON object a line.
type Request struct {
	ID   uint64 `json:"id"`             // of the Message that answers
	Do   string `json:"do"`             // "load", "save", "error" or "status"
	Path string `json:"path,omitempty"` // of the plugin to load, or the file to save to
	Text string `json:"text,omitempty"` // of the error to show; none: there is none any more
}

// Message is what a program tells gomedic dev: one JSON object a line. The first one
// is Hello; there is one with Frame when the program's first frame is drawn, one for
// each record, and one answer to each request.
type Message struct {
	ID     uint64  `json:"id,omitempty"`    // of the request
	Error  string  `json:"error,omitempty"` // why it could not be done
	Hello  *Hello  `json:"hello,omitempty"`
	Frame  bool    `json:"frame,omitempty"`
	Record *Record `json:"record,omitempty"` // with an ID: the answer to "load"
	Left   []Aside `json:"left,omitempty"`   // the answer to "save": what could not be written
	// Listeners, also of "save", are the sockets that the next process goes on with.
	Listeners []Listener `json:"listeners,omitempty"`
	Status    *Status    `json:"status,omitempty"`
}

// Hello says who is there.
type Hello struct {
	PID int    `json:"pid"`
	Go  string `json:"go"` // runtime.Version
	// Plugins says whether code can be loaded; else only warm restarts will do.
	Plugins bool   `json:"plugins"`
	Why     string `json:"why,omitempty"` // not
}

// Status is what the program shows and keeps.
type Status struct {
	Components map[string]uint64 `json:"components"` // those shown, and the generation of each
	Aside      []Aside           `json:"aside,omitempty"`
	Goroutines []Leftover        `json:"goroutines,omitempty"` // with labels of a scope
}

// attach does what the environment says.
func (h *Host) attach() {
	problem := func(err error) {
		h.o.Report(&Record{At: time.Now(), Outcome: Failed, Stages: []Stage{{Name: StageLoad, Outcome: Failed, Why: err.Error()}}})
	}
	// What the program starts itself is not meant.
	defer os.Unsetenv(EnvState)
	defer os.Unsetenv(EnvDev)
	if path := os.Getenv(EnvState); path != "" {
		if err := h.Restore(path); err != nil {
			problem(err)
		}
	}
	path := os.Getenv(EnvDev)
	if path == "" {
		return
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		problem(fmt.Errorf("reach gomedic dev: %w", err))
		return
	}
	letLook()
	go func() {
		if err := h.Serve(context.Background(), conn); err != nil {
			problem(err)
		}
	}()
}

// Serve does what comes from conn until it ends or ctx is done, and closes it. The
// connection must be one that only the user who runs the program can reach: it has
// code loaded.
func (h *Host) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	out := json.NewEncoder(conn)
	var mu sync.Mutex
	send := func(m Message) {
		mu.Lock()
		defer mu.Unlock()
		_ = out.Encode(m) // if nobody is there any more, reading tells
	}
	hello := &Hello{PID: os.Getpid(), Go: runtime.Version(), Plugins: pluginsWhyNot == "", Why: pluginsWhyNot}
	send(Message{Hello: hello})
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() {
		select {
		case <-h.firstDrawn:
			send(Message{Frame: true})
		case <-ctx.Done():
		}
	})
	defer h.listen(func(r *Record) { send(Message{Record: r}) })()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		var q Request
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("a request that is no JSON: %w", err)
		}
		all.Go(func() { send(h.answer(ctx, q)) })
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (h *Host) answer(ctx context.Context, q Request) Message {
	m := Message{ID: q.ID}
	var err error
	switch q.Do {
	case "load":
		m.Record = h.Load(ctx, func() error { return h.o.Open(q.Path) })
	case "save":
		m.Left, err = h.Save(ctx, q.Path)
		m.Listeners = listeners()
	case "error":
		var show error
		if q.Text != "" {
			show = errors.New(q.Text)
		}
		err = h.ShowError(ctx, show)
	case "status":
		m.Status = &Status{Components: map[string]uint64{}, Aside: h.Aside()}
		err = h.onUI(ctx, func() {
			for _, mount := range h.mounts {
				m.Status.Components[mount.name] = mount.live.reg.generation
			}
		})
		for _, g := range goroutines() {
			m.Status.Goroutines = append(m.Status.Goroutines, g.leftover())
		}
	default:
		err = fmt.Errorf("cannot %q; load, save, error and status are known", q.Do)
	}
	if err != nil {
		m.Error = err.Error()
	}
	return m
}

// listen has told called with each record, until cancel.
func (h *Host) listen(told func(*Record)) (cancel func()) {
	h.listenersMu.Lock()
	defer h.listenersMu.Unlock()
	h.lastListener++
	id := h.lastListener
	h.listeners[id] = told
	return func() {
		h.listenersMu.Lock()
		defer h.listenersMu.Unlock()
		delete(h.listeners, id)
	}
}

// report tells everybody of a record.
func (h *Host) report(r *Record) {
	h.o.Report(r)
	h.listenersMu.Lock()
	defer h.listenersMu.Unlock()
	for _, told := range h.listeners {
		told(r)
	}
}

// MarshalJSON leaves out the value, which may be anything.
func (a Aside) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"component": a.Component, "name": a.Name, "path": a.Path, "type": a.Type,
		"reason": a.Reason, "generation": a.Generation})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (a *Aside) UnmarshalJSON(b []byte) error {
	var v struct {
		Component, Name, Path, Type, Reason string
		Generation                          uint64
	}
	err := json.Unmarshal(b, &v)
	*a = Aside{Component: v.Component, Name: v.Name, Path: v.Path, Type: v.Type, Reason: v.Reason, Generation: v.Generation}
	return err
}

// panicJSON is a PanicError with its value as text.
type panicJSON struct {
	Value    string `json:"value"`
	Where    string `json:"where"`
	Function string `json:"function"`
	Stack    string `json:"stack"`
}

// MarshalJSON writes the value as text.
func (e *PanicError) MarshalJSON() ([]byte, error) {
	return json.Marshal(panicJSON{fmt.Sprint(e.Value), e.Where, e.Function, e.Stack})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (e *PanicError) UnmarshalJSON(b []byte) error {
	var v panicJSON
	err := json.Unmarshal(b, &v)
	*e = PanicError{Value: v.Value, Where: v.Where, Function: v.Function, Stack: v.Stack}
	return err
}
