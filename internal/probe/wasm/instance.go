package wasm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// A state is an object of the page's in which its Go instances are, oldest first: those
// that the script saw being made, or the last one that a search found.

// lastJS is the number of the last Go instance of a state, or -1.
const lastJS = `this.instances.findLastIndex(s => !!s && s.memory.buffer.byteLength > 0)`

// listJS tells the last instance, and by which number it is known.
const listJS = `function() { const n = ` + lastJS + `; return {n, id: n < 0 ? -1 : this.instances[n].id || n}; }`

// seenJS makes what numbers the instances that searches find, and keeps none of them.
const seenJS = `({ids: new WeakMap(), last: 0})`

// stateJS makes of an array of all instances a state with the Go instance that was found
// last: an earlier one may still be there.
const stateJS = `function(seen) {
	const memoryOf = e => { for (const n of ['mem', 'memory', ...Object.keys(e)]) if (e[n] instanceof WebAssembly.Memory) return e[n]; return null; };
	let last = null;
	for (const instance of this) {
		const e = instance.exports, memory = memoryOf(e);
		if (!memory || typeof e.getsp !== 'function' || typeof e.resume !== 'function') continue;
		if (!seen.ids.has(instance)) seen.ids.set(instance, ++seen.last);
		const id = seen.ids.get(instance);
		if (!last || last.id < id) last = {id, instance, memory, exports: Object.keys(e).slice(0, 200)};
	}
	return {instances: last ? [last] : []};
}`

// Instance tells the Go instances of a page apart; the zero value is none.
type Instance struct{ place, id int }

// found is where a Go program's instance was seen last.
type found struct {
	realm    *realm
	n        int // its number in the realm's state
	instance Instance
}

// instance returns where the page's Go program is now: the last instance that was made.
func (p *Page) instance(ctx context.Context) (found, error) {
	f, err := p.lookFor(ctx)
	if err == nil {
		p.mu.Lock()
		p.found = f
		p.mu.Unlock()
	}
	return f, err
}

// known returns what instance has returned last, if later ones would show there: not of a
// search. It may be gone.
func (p *Page) known() (f found, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.found, p.found.realm != nil && !p.found.realm.searched && !p.crashed
}

// gone: the instance that was asked about is not the page's last, or not there any more.
func gone(err error) bool { return errors.Is(err, errNoMemory) || refused(err) }

// last calls do with the page's Go program, and again if another was started meanwhile.
// ErrRestarted: that went on.
func (p *Page) last(ctx context.Context, do func(f found) error) error {
	const tries = 3
	for try := 1; ; try++ {
		f, err := p.instance(ctx)
		if err == nil {
			err = do(f)
		}
		switch {
		case try > 1 && errors.Is(err, ErrNoGo), try == tries && gone(err):
			return fmt.Errorf("%w: %w", ErrRestarted, err)
		case !gone(err):
			return err
		}
	}
}

func (p *Page) lookFor(ctx context.Context) (found, error) {
	p.mu.Lock()
	crashed := p.crashed
	var realms []realm
	for i := len(p.order) - 1; i >= 0; i-- {
		realms = append(realms, *p.realms[p.order[i]])
	}
	p.mu.Unlock()
	if crashed {
		return found{}, ErrCrashed
	}
	var failed error
	for i := range realms {
		f, err := p.goInstance(ctx, &realms[i])
		if f.realm != nil {
			return f, nil
		}
		if err != nil {
			failed = err
		}
	}
	if p.browser == nil || len(realms) == 0 {
		f, err := p.search(ctx)
		if err != nil || f.realm != nil {
			return f, err
		}
	}
	if failed != nil {
		return found{}, failed
	}
	return found{}, ErrNoGo
}

// goInstance returns the last Go instance of a realm, or none.
func (p *Page) goInstance(ctx context.Context, r *realm) (found, error) {
	var last struct{ N, ID int }
	if err := p.on(ctx, r, listJS, &last); err != nil || last.N < 0 {
		return found{}, err
	}
	return found{r, last.N, Instance{r.place, last.ID}}, nil
}

// searchGroup has what a search made in the page. The next lets go of it: until then the
// page cannot lose the instance.
const searchGroup = "gomedic-search"

// search finds the Go instance of a page in which the script did not run: among all
// instances on the JavaScript heap, which the browser collects for that. It returns none
// where there is none.
func (p *Page) search(ctx context.Context) (found, error) {
	p.mu.Lock()
	var places []*realm
	for session, contexts := range p.contexts {
		for i, c := range contexts {
			if c.Aux.Default || c.Aux.Type == "worker" || c.Aux.Type == "" {
				if c.place == 0 {
					p.places++
					contexts[i].place = p.places
				}
				places = append(places, &realm{session: session, context: c.ID, searched: true, place: contexts[i].place})
			}
		}
	}
	p.mu.Unlock()
	var failed error
	places = slices.DeleteFunc(places, func(r *realm) bool { // all first: places of one thread see the same instances
		err := p.release(ctx, r.session, searchGroup)
		failed = cmp.Or(failed, err)
		return err != nil
	})
	for _, r := range places {
		err := p.searchIn(ctx, r)
		if err == nil {
			var f found
			if f, err = p.goInstance(ctx, r); f.realm != nil {
				return f, nil
			}
		}
		if err != nil {
			failed = err
		}
	}
	return found{}, failed
}

// release lets go of the objects of a group.
func (p *Page) release(ctx context.Context, session, group string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrPageBusy)
	defer cancel()
	return p.conn.Call(ctx, session, "Runtime.releaseObjectGroup", map[string]any{"objectGroup": group}, nil)
}

// searchIn makes the state of a realm by a search.
func (p *Page) searchIn(ctx context.Context, r *realm) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Second, ErrPageBusy)
	defer cancel()
	object := func(method string, params map[string]any) (string, error) {
		var got struct{ Result, Objects struct{ ObjectID string } }
		err := p.conn.Call(ctx, r.session, method, params, &got)
		return got.Result.ObjectID + got.Objects.ObjectID, err
	}
	seen, err := p.seenIn(r, object)
	if err != nil {
		return err
	}
	prototype, err := object("Runtime.evaluate", map[string]any{
		"expression": "WebAssembly.Instance.prototype", "contextId": r.context, "objectGroup": searchGroup})
	if err != nil {
		return err
	}
	all, err := object("Runtime.queryObjects", map[string]any{"prototypeObjectId": prototype, "objectGroup": searchGroup})
	if err != nil {
		return err
	}
	r.state, err = object("Runtime.callFunctionOn", map[string]any{"objectId": all, "functionDeclaration": stateJS,
		"arguments": []map[string]any{{"objectId": seen}}, "objectGroup": searchGroup})
	go p.quick(r.session, "Runtime.releaseObject", map[string]any{"objectId": all})
	return err
}

// seenIn returns what numbers the instances that searches in a realm find.
func (p *Page) seenIn(r *realm, object func(method string, params map[string]any) (string, error)) (string, error) {
	of := func(set string) (seen string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := range p.contexts[r.session] {
			if c := &p.contexts[r.session][i]; c.place == r.place {
				c.seen = cmp.Or(set, c.seen)
				seen = c.seen
			}
		}
		return seen
	}
	if seen := of(""); seen != "" {
		return seen, nil
	}
	seen, err := object("Runtime.evaluate", map[string]any{"expression": seenJS, "contextId": r.context, "objectGroup": "gomedic"})
	if err == nil {
		of(seen)
	}
	return seen, err
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
