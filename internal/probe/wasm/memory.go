package wasm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// maxMemory bounds the copy of a memory, in bytes: what WebAssembly with 32-bit
// addresses can have at most.
const maxMemory = 4 << 30

// piece is how much of a copy the browser is asked for at a time, in bytes.
const piece = 8 << 20

// copyJS copies the memory of the instance number n on the page's thread into a
// Blob, which the browser's own process then holds: the page goes on while it is
// read. It returns the size and the milliseconds that the page stood.
const copyJS = `function(n) {
	const slot = this.instances[n];
	if (!slot || !slot.memory) return {size: -1, ms: 0};
	const begin = performance.now();
	const size = slot.memory.buffer.byteLength;
	this.blob = new Blob([new Uint8Array(slot.memory.buffer)]);
	return {size, ms: performance.now() - begin};
}`

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

// Memory returns a copy of the linear memory of the page's Go program, of the
// last instance that was made if there are several, and how long the page's
// thread was held up by it. It returns ErrNoGo where no Go program runs and
// ErrPageBusy where the page's thread does not answer.
func (p *Page) Memory(ctx context.Context) (mem []byte, held time.Duration, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 60*time.Second, errBrokenOff)
	defer cancel()
	r, n, err := p.instance(ctx)
	if err != nil {
		return nil, 0, err
	}
	var made struct {
		Size int64
		MS   float64
	}
	if err := p.on(ctx, r, copyJS, &made, n); err != nil {
		return nil, 0, err
	}
	held = time.Duration(made.MS * float64(time.Millisecond))
	switch {
	case made.Size < 0:
		return nil, held, errNoMemory
	case made.Size > maxMemory:
		return nil, held, fmt.Errorf("%w: %d bytes", errTooLarge, made.Size)
	}
	mem, err = p.readBlob(ctx, r, made.Size)
	return mem, held, err
}

// readBlob reads the Blob of a realm's state from the browser's process.
func (p *Page) readBlob(ctx context.Context, r *realm, size int64) ([]byte, error) {
	var blob struct{ Result struct{ ObjectID string } }
	err := p.conn.Call(ctx, r.session, "Runtime.callFunctionOn", map[string]any{
		"objectId":            r.state,
		"functionDeclaration": "function() { const b = this.blob; this.blob = null; return b; }",
	}, &blob)
	if err != nil {
		return nil, err
	}
	defer p.quick(r.session, "Runtime.releaseObject", map[string]any{"objectId": blob.Result.ObjectID})
	var resolved struct{ UUID string }
	err = p.conn.Call(ctx, r.session, "IO.resolveBlob", map[string]any{"objectId": blob.Result.ObjectID}, &resolved)
	var refused *cdp.Error
	if errors.As(err, &refused) {
		return p.readSlices(ctx, r.session, blob.Result.ObjectID, size) // a worker's session lacks it
	}
	if err != nil {
		var refused *cdp.Error
		if errors.As(err, &refused) {
			return p.readInWorker(ctx, r, blob.Result.ObjectID, size)
		}
		return nil, err
	}
	handle := "blob:" + resolved.UUID
	defer p.quick(p.session, "IO.close", map[string]any{"handle": handle})
	mem := make([]byte, 0, size)
	for int64(len(mem)) < size {
		raw, err := p.conn.CallRaw(ctx, p.session, "IO.read",
			map[string]any{"handle": handle, "offset": len(mem), "size": piece})
		if err != nil {
			return nil, err
		}
		before := len(mem)
		if mem, err = appendPiece(mem, raw, size); err != nil {
			return nil, err
		}
		if len(mem) == before {
			break
		}
	}
	if int64(len(mem)) != size {
		return nil, fmt.Errorf("%w after %d of %d bytes", errBrokenOff, len(mem), size)
	}
	return mem, nil
}

// pieceJS reads a piece of a Blob as a data: URL. Workers alone have FileReaderSync.
const pieceJS = `function(from, to) { return new FileReaderSync().readAsDataURL(this.slice(from, to)); }`

// readInWorker reads the Blob of a worker, whose session gives no Blobs, by its own
// hand: it stands for each piece.
func (p *Page) readInWorker(ctx context.Context, r *realm, blob string, size int64) ([]byte, error) {
	of := &realm{session: r.session, state: blob}
	mem := make([]byte, 0, size)
	for int64(len(mem)) < size {
		var data string
		if err := p.on(ctx, of, pieceJS, &data, len(mem), min(size, int64(len(mem))+piece)); err != nil {
			return nil, err
		}
		_, text, ok := strings.Cut(data, ";base64,")
		before := len(mem)
		if !ok || int64(base64.StdEncoding.DecodedLen(len(text))) > size-int64(before)+2 {
			return nil, errBrokenOff
		}
		var err error
		if mem, err = base64.StdEncoding.AppendDecode(mem, []byte(text)); err != nil || len(mem) == before {
			return nil, errBrokenOff
		}
	}
	return mem, nil
}

// sliceJS reads a part of a Blob in a worker, as base64.
const sliceJS = `function(from, to) { return new FileReaderSync().readAsDataURL(this.slice(from, to)).split(',')[1] || ''; }`

// readSlices reads a Blob of a worker piece by piece, each on the worker's thread.
func (p *Page) readSlices(ctx context.Context, session, blob string, size int64) ([]byte, error) {
	mem := make([]byte, 0, size)
	for int64(len(mem)) < size {
		var got struct {
			Result           struct{ Value string }
			ExceptionDetails json.RawMessage
		}
		err := p.conn.Call(ctx, session, "Runtime.callFunctionOn", map[string]any{
			"objectId": blob, "functionDeclaration": sliceJS, "returnByValue": true,
			"arguments": []map[string]any{{"value": len(mem)}, {"value": int64(len(mem)) + piece}}}, &got)
		if err != nil {
			return nil, err
		}
		b, err := base64.StdEncoding.DecodeString(got.Result.Value)
		if err != nil || len(b) == 0 || int64(len(b)) > size-int64(len(mem)) {
			return nil, fmt.Errorf("%w after %d of %d bytes", errBrokenOff, len(mem), size)
		}
		mem = append(mem, b...)
	}
	return mem, nil
}

// appendPiece decodes an answer of IO.read behind mem, up to most bytes in all.
func appendPiece(mem []byte, raw json.RawMessage, most int64) ([]byte, error) {
	var piece struct {
		Base64Encoded bool
		Data          json.RawMessage
	}
	if data, ok := quickData(raw); ok {
		piece.Base64Encoded, piece.Data = true, data
	} else if err := json.Unmarshal(raw, &piece); err != nil {
		return mem, err
	} else if !piece.Base64Encoded {
		var s string
		if err := json.Unmarshal(piece.Data, &s); err != nil {
			return mem, err
		}
		return append(mem, s[:min(int64(len(s)), most-int64(len(mem)))]...), nil
	}
	text := piece.Data
	if len(text) < 2 {
		return mem, errBrokenOff
	}
	text = text[1 : len(text)-1]
	if int64(base64.StdEncoding.DecodedLen(len(text))) > most-int64(len(mem))+2 {
		return mem, errTooLarge
	}
	return base64.StdEncoding.AppendDecode(mem, text)
}

// instance returns the realm of the Go program and its number there.
func (p *Page) instance(ctx context.Context) (*realm, int, error) {
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
	values := []map[string]any{}
	for _, a := range args {
		values = append(values, map[string]any{"value": a})
	}
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if err := p.conn.Call(ctx, r.session, "Runtime.callFunctionOn", map[string]any{
		"objectId": r.state, "functionDeclaration": function, "arguments": values, "returnByValue": true}, &got); err != nil {
		return err
	}
	if e := got.ExceptionDetails; e != nil {
		return errors.New("in the page: " + e.Exception.Description)
	}
	return json.Unmarshal(got.Result.Value, result)
}

// quickData finds the base64 text, with its quotes, in an answer of IO.read
// without decoding it as JSON: such a text holds no escapes.
func quickData(raw []byte) ([]byte, bool) {
	if !bytes.Contains(raw[:min(len(raw), 64)], []byte(`"base64Encoded":true`)) {
		return nil, false
	}
	_, rest, ok := bytes.Cut(raw, []byte(`"data":"`))
	if !ok {
		return nil, false
	}
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil, false
	}
	start := len(raw) - len(rest) - 1
	return raw[start : start+end+2], true
}
