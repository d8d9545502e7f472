// Package cdp speaks the DevTools protocol with a browser: commands and their
// answers, and events, as JSON, over a pipe to a browser that gomedic started or
// over a WebSocket to one that runs.
//
// It knows no page and no Go. It is not chromedp: a page's workers have sessions
// that chromedp does not reach, a browser on a pipe ends when gomedic does, and
// the generated types of the whole protocol would weigh more than gomedic. Start
// at [Conn].
package cdp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

// MaxMessage is the size in bytes above which a message of the browser is
// dropped: a page can print what it likes.
const MaxMessage = 64 << 20

// maxWaiting bounds the events that wait for the handler. A page that makes more
// loses the later ones; Dropped counts them.
const maxWaiting = 1 << 16

// ErrClosed says that the browser is gone or has let go of the connection.
var ErrClosed = errors.New("the browser closed the connection")

// Transport carries whole messages. Read is called by one goroutine, Write by
// one at a time.
type Transport interface {
	Read() ([]byte, error) // a nil message without an error was too large, and dropped
	Write([]byte) error
	Close() error
}

// Event is what the browser says without being asked. Session is empty for the
// browser's own.
type Event struct {
	Session string
	Method  string
	Params  json.RawMessage
}

// Error is the browser's answer to a command that it cannot do.
type Error struct {
	Method  string `json:"-"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

func (e *Error) Error() string {
	if e.Data != "" {
		return fmt.Sprintf("%s: %s (%s)", e.Method, e.Message, e.Data)
	}
	return fmt.Sprintf("%s: %s", e.Method, e.Message)
}

// Conn is a connection to a browser. All methods may be called at the same time.
type Conn struct {
	transport Transport
	writing   sync.Mutex

	mu      sync.Mutex
	next    int64
	calls   map[int64]chan answer
	waiting []Event
	dropped int
	err     error

	wake chan struct{} // has room for one: events wait
	done chan struct{} // closed when the browser is gone
}

type answer struct {
	result json.RawMessage
	err    error
}

// New returns a connection over t and calls handle for each event, one after
// another, in their order; handle may call Call. Close ends it.
func New(t Transport, handle func(Event)) *Conn {
	c := &Conn{
		transport: t,
		calls:     map[int64]chan answer{},
		wake:      make(chan struct{}, 1),
		done:      make(chan struct{}),
	}
	go c.read()
	go c.deliver(handle)
	return c
}

// Done is closed when the browser is gone.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Dropped counts the events and messages that were too many or too large.
func (c *Conn) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// Close lets go of the browser. Calls that wait return ErrClosed.
func (c *Conn) Close() error { return c.transport.Close() }

// Call sends a command to a session (empty: the browser) and decodes its answer
// into result, unless that is nil.
func (c *Conn) Call(ctx context.Context, session, method string, params, result any) error {
	return c.Send(session, method, params).Decode(ctx, result)
}

// CallRaw is Call whose answer is left as it came.
func (c *Conn) CallRaw(ctx context.Context, session, method string, params any) (json.RawMessage, error) {
	return c.Send(session, method, params).Raw(ctx)
}

// Pending is a command whose answer may be still to come. Its answer is to be waited
// for, once.
type Pending struct {
	c      *Conn
	id     int64
	method string
	ch     chan answer
	err    error
}

// Send sends a command without waiting for its answer. Commands to one session that run
// code of the page's are carried out in the order in which they were sent. Others may
// overtake them: all in a worker (Runtime.releaseObjectGroup, too), some of the debugger's
// in a page.
func (c *Conn) Send(session, method string, params any) *Pending {
	p := &Pending{c: c, method: method, ch: make(chan answer, 1)}
	c.mu.Lock()
	if p.err = c.err; p.err != nil {
		c.mu.Unlock()
		return p
	}
	c.next++
	p.id = c.next
	c.calls[p.id] = p.ch
	c.mu.Unlock()
	msg, err := json.Marshal(struct {
		ID      int64  `json:"id"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
		Session string `json:"sessionId,omitempty"`
	}{p.id, method, params, session})
	if err != nil {
		p.err = err
		return p
	}
	c.writing.Lock()
	err = c.transport.Write(msg)
	c.writing.Unlock()
	if err != nil {
		p.err = fmt.Errorf("%s: %w", method, ErrClosed)
	}
	return p
}

// Raw waits for the answer and returns it as it came.
func (p *Pending) Raw(ctx context.Context) (json.RawMessage, error) {
	defer func() {
		p.c.mu.Lock()
		delete(p.c.calls, p.id)
		p.c.mu.Unlock()
	}()
	if p.err != nil {
		return nil, p.err
	}
	select {
	case a := <-p.ch:
		if e, ok := a.err.(*Error); ok {
			e.Method = p.method
		}
		return a.result, a.err
	case <-p.c.done:
		select {
		case a := <-p.ch:
			return a.result, a.err
		default:
		}
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", p.method, context.Cause(ctx))
	}
}

// Decode waits for the answer and decodes it into result, unless that is nil.
func (p *Pending) Decode(ctx context.Context, result any) error {
	raw, err := p.Raw(ctx)
	if err != nil || result == nil {
		return err
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return fmt.Errorf("read the answer to %s: %w", p.method, err)
	}
	return nil
}

func (c *Conn) read() {
	defer close(c.done)
	for {
		msg, err := c.transport.Read()
		if err != nil {
			c.mu.Lock()
			c.err = ErrClosed
			c.mu.Unlock()
			return
		}
		if msg == nil {
			c.mu.Lock()
			c.dropped++
			c.mu.Unlock()
			continue
		}
		c.take(msg)
	}
}

func (c *Conn) take(msg []byte) {
	if id, result, ok := quickAnswer(msg); ok {
		c.answer(id, answer{result: result})
		return
	}
	var m struct {
		ID      int64           `json:"id"`
		Result  json.RawMessage `json:"result"`
		Error   *Error          `json:"error"`
		Method  string          `json:"method"`
		Params  json.RawMessage `json:"params"`
		Session string          `json:"sessionId"`
	}
	if json.Unmarshal(msg, &m) != nil {
		return
	}
	if m.Method == "" {
		a := answer{result: m.Result}
		if m.Error != nil {
			a.err = m.Error
		}
		c.answer(m.ID, a)
		return
	}
	c.mu.Lock()
	if len(c.waiting) < maxWaiting {
		c.waiting = append(c.waiting, Event{m.Session, m.Method, m.Params})
	} else {
		c.dropped++
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Conn) answer(id int64, a answer) {
	c.mu.Lock()
	ch := c.calls[id]
	c.mu.Unlock()
	if ch != nil {
		ch <- a
	}
}

func (c *Conn) deliver(handle func(Event)) {
	for {
		select {
		case <-c.wake:
		case <-c.done:
		}
		c.mu.Lock()
		events := c.waiting
		c.waiting = nil
		c.mu.Unlock()
		for _, e := range events {
			handle(e)
		}
		if len(events) > 0 {
			continue
		}
		select {
		case <-c.done:
			return
		default:
		}
	}
}

// quickAnswer splits a large answer without decoding it: the pieces of a memory
// are megabytes of base64, which json would walk three times. It knows the one
// form in which Chromium writes answers, {"id":7,"result":{…},"sessionId":"…"},
// and leaves every other to json.
func quickAnswer(msg []byte) (id int64, result json.RawMessage, ok bool) {
	const least = 1 << 16
	rest, found := bytes.CutPrefix(msg, []byte(`{"id":`))
	if len(msg) < least || !found {
		return 0, nil, false
	}
	for len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9' && id < 1<<50 {
		id = id*10 + int64(rest[0]-'0')
		rest = rest[1:]
	}
	rest, found = bytes.CutPrefix(rest, []byte(`,"result":`))
	if !found || !bytes.HasSuffix(rest, []byte("}")) {
		return 0, nil, false
	}
	rest = rest[:len(rest)-1]
	if i := bytes.LastIndex(rest, []byte(`,"sessionId":"`)); i > 0 && len(rest)-i < 80 && rest[i-1] == '}' {
		rest = rest[:i]
	}
	return id, rest, bytes.HasSuffix(rest, []byte("}"))
}
