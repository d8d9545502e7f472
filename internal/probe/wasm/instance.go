package wasm

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// listJS lists the instances that a state holds.
const listJS = `function() {
	return this.instances.slice(0, 64).map(s => ({
		go: !!s.exports && s.exports.includes('getsp') && s.exports.includes('resume'),
		size: s.memory ? s.memory.buffer.byteLength : -1 }));
}`

// stateJS makes of an array of instances what the script keeps.
const stateJS = `function() {
	const memoryOf = e => { for (const n of ['mem', 'memory', ...Object.keys(e)]) if (e[n] instanceof WebAssembly.Memory) return e[n]; return null; };
	return {instances: this.map(i => ({exports: Object.keys(i.exports).slice(0, 200), memory: memoryOf(i.exports), instance: i}))};
}`

// found is where a Go program's instance was seen last.
type found struct {
	realm *realm
	n     int
}

// instance returns the realm of the Go program and its number there.
func (p *Page) instance(ctx context.Context) (*realm, int, error) {
	r, n, err := p.lookFor(ctx)
	if err == nil {
		p.mu.Lock()
		p.found = found{r, n}
		p.mu.Unlock()
	}
	return r, n, err
}

// known returns what instance has returned last; nil: nothing yet, or it may be gone.
func (p *Page) known() (*realm, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.crashed {
		return nil, 0
	}
	return p.found.realm, p.found.n
}

func (p *Page) lookFor(ctx context.Context) (*realm, int, error) {
	p.mu.Lock()
	crashed := p.crashed
	var realms []realm
	for i := len(p.order) - 1; i >= 0; i-- {
		realms = append(realms, *p.realms[p.order[i]])
	}
	p.mu.Unlock()
	if crashed {
		return nil, 0, ErrCrashed
	}
	var failed error
	for i := range realms {
		n, err := p.goInstance(ctx, &realms[i])
		if n >= 0 {
			return &realms[i], n, nil
		}
		if err != nil {
			failed = err
		}
	}
	if p.browser == nil || len(realms) == 0 {
		r, err := p.searched(ctx)
		if err != nil {
			return nil, 0, err
		}
		if r != nil {
			n, err := p.goInstance(ctx, r)
			if n >= 0 {
				return r, n, nil
			}
			failed = err
		}
	}
	if failed != nil {
		return nil, 0, failed
	}
	return nil, 0, ErrNoGo
}

// goInstance returns the number of the last Go instance with a memory, or -1.
func (p *Page) goInstance(ctx context.Context, r *realm) (int, error) {
	var list []struct {
		Go   bool
		Size int64
	}
	if err := p.on(ctx, r, listJS, &list); err != nil {
		return -1, err
	}
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].Go && list[n].Size > 0 {
			return n, nil
		}
	}
	return -1, nil
}

// searched finds the Go instance of a page in which the script did not run: among
// all instances on the JavaScript heap, which the browser collects for that. It
// returns nil where there is none.
func (p *Page) searched(ctx context.Context) (*realm, error) {
	p.mu.Lock()
	var places []realm
	for session, contexts := range p.contexts {
		for _, c := range contexts {
			if c.Aux.Default || c.Aux.Type == "worker" || c.Aux.Type == "" {
				places = append(places, realm{session: session, context: c.ID})
			}
		}
	}
	p.mu.Unlock()
	var failed error
	for i := range places {
		r := &places[i]
		state, err := p.searchIn(ctx, r)
		if err != nil {
			failed = err
			continue
		}
		r.state = state
		n, err := p.goInstance(ctx, r)
		if err != nil {
			failed = err
		}
		if n >= 0 {
			return r, nil
		}
	}
	return nil, failed
}

func (p *Page) searchIn(ctx context.Context, r *realm) (state string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, ErrPageBusy)
	defer cancel()
	var prototype struct{ Result struct{ ObjectID string } }
	if err := p.conn.Call(ctx, r.session, "Runtime.evaluate", map[string]any{
		"expression": "WebAssembly.Instance.prototype", "contextId": r.context}, &prototype); err != nil {
		return "", err
	}
	var found struct{ Objects struct{ ObjectID string } }
	if err := p.conn.Call(ctx, r.session, "Runtime.queryObjects", map[string]any{
		"prototypeObjectId": prototype.Result.ObjectID, "objectGroup": "gomedic"}, &found); err != nil {
		return "", err
	}
	var made struct{ Result struct{ ObjectID string } }
	err = p.conn.Call(ctx, r.session, "Runtime.callFunctionOn", map[string]any{
		"objectId": found.Objects.ObjectID, "functionDeclaration": stateJS, "objectGroup": "gomedic"}, &made)
	return made.Result.ObjectID, err
}

// on calls a function on a realm's state and decodes what it returns. A page
// whose thread computes does not answer: ErrPageBusy after five seconds.
func (p *Page) on(ctx context.Context, r *realm, function string, result any, args ...any) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrPageBusy)
	defer cancel()
	return p.send(r, function, args...).decode(ctx, result)
}

// called is a call of a function on a realm's state whose answer may be still to come.
type called struct{ *cdp.Pending }

// send calls a function on a realm's state, and waits for nothing.
func (p *Page) send(r *realm, function string, args ...any) called {
	values := []map[string]any{}
	for _, a := range args {
		values = append(values, map[string]any{"value": a})
	}
	return called{p.conn.Send(r.session, "Runtime.callFunctionOn", map[string]any{
		"objectId": r.state, "functionDeclaration": function, "arguments": values, "returnByValue": true})}
}

// decode waits for what the function returns.
func (c called) decode(ctx context.Context, result any) error {
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if err := c.Decode(ctx, &got); err != nil {
		return err
	}
	if e := got.ExceptionDetails; e != nil {
		return errors.New("in the page: " + e.Exception.Description)
	}
	return json.Unmarshal(got.Result.Value, result)
}
