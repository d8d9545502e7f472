package wasm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// piece is how much of a copy the browser is asked for at a time, in bytes.
const piece = 8 << 20

// blob is a Blob that a realm's state held: the browser's own process has its bytes,
// and gives them also while the page's thread computes. It is let go of when it is read.
type blob struct {
	object string
	group  string // of objects in the page: the Blob alone
	handle string // of the browser's stream; "": a worker's, whose session gives none
	size   int64
}

// blobJS takes the Blob of a realm's state. It stays until the next is taken: the page's
// objects may be collected before the browser is asked for it.
const blobJS = `function() { const b = this.blob; this.kept = b; this.blob = null; return b; }`

// takeBlob takes the Blob of a realm's state, which has size bytes. The page's thread
// must answer, or be stopped.
// ErrPageBusy after five seconds.
func (p *Page) takeBlob(ctx context.Context, r *realm, size int64) (*blob, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrPageBusy)
	defer cancel()
	return p.resolve(ctx, r, p.sendTake(r), size)
}

// take is a Blob that was asked for.
type take struct {
	group  string
	handed <-chan handed // one comes, at the latest when the connection ends
}

type handed struct {
	object string
	err    error
}

// sendTake asks for the Blob of a realm's state, and waits for nothing: that may be
// asked for together with what makes it.
func (p *Page) sendTake(r *realm) take {
	group := fmt.Sprintf("gomedic-blob-%d", p.blobs.Add(1))
	asked := p.conn.Send(r.session, "Runtime.callFunctionOn", map[string]any{
		"objectId": r.state, "functionDeclaration": blobJS, "objectGroup": group})
	answer := make(chan handed, 1)
	go func() {
		var got struct{ Result struct{ ObjectID string } }
		err := asked.Decode(context.Background(), &got)
		answer <- handed{got.Result.ObjectID, err}
	}()
	return take{group, answer}
}

// drop lets go of a Blob that the page's thread has handed over.
func (p *Page) drop(r *realm, group string) {
	go p.quick(r.session, "Runtime.releaseObjectGroup", map[string]any{"objectGroup": group})
}

// giveUp lets go of a Blob once the page's thread hands it over; the channel is closed
// then. A worker that computes would let go of it before it has it, and then keep it.
func (p *Page) giveUp(r *realm, t take) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-t.handed
		p.drop(r, t.group)
	}()
	return done
}

// resolve waits for a Blob that was asked for, and finds it in the browser's process.
func (p *Page) resolve(ctx context.Context, r *realm, t take, size int64) (*blob, error) {
	b := &blob{group: t.group, size: size}
	select {
	case got := <-t.handed:
		if got.err != nil {
			return nil, got.err
		}
		b.object = got.object
	case <-ctx.Done():
		p.giveUp(r, t)
		return nil, context.Cause(ctx)
	}
	var resolved struct{ UUID string }
	err := p.conn.Call(ctx, r.session, "IO.resolveBlob", map[string]any{"objectId": b.object}, &resolved)
	var refused *cdp.Error
	switch {
	case errors.As(err, &refused):
	case err != nil:
		p.drop(r, t.group)
		return nil, err
	default:
		b.handle = "blob:" + resolved.UUID
	}
	return b, nil
}

// blobOf calls a function that makes a Blob, decodes what it returns, and takes the
// Blob, of the size that size says then; 0: there is none.
func (p *Page) blobOf(ctx context.Context, r *realm, result any, size func() (int64, error), function string, args ...any) (*blob, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrPageBusy)
	defer cancel()
	made, t := p.send(r, function, args...), p.sendTake(r)
	err := made.decode(ctx, result)
	var n int64
	if err == nil {
		n, err = size()
	}
	if err != nil || n == 0 {
		select {
		case <-p.giveUp(r, t): // a thread that stands goes on when it has done what it was asked for
		case <-ctx.Done():
		}
		return nil, err
	}
	return p.resolve(ctx, r, t, n)
}

// readBlob reads a Blob behind mem. One of a worker is read on the worker's thread,
// which must answer, or be stopped.
func (p *Page) readBlob(ctx context.Context, r *realm, b *blob, mem []byte) ([]byte, error) {
	defer p.drop(r, b.group)
	if b.handle == "" {
		return p.readSlices(ctx, r.session, b, mem)
	}
	defer p.quick(p.session, "IO.close", map[string]any{"handle": b.handle})
	whole := int64(len(mem)) + b.size
	for at := int64(0); at < b.size; {
		raw, err := p.conn.CallRaw(ctx, p.session, "IO.read",
			map[string]any{"handle": b.handle, "offset": at, "size": min(piece, b.size-at)})
		if err != nil {
			return nil, err
		}
		before := len(mem)
		if mem, err = appendPiece(mem, raw, whole); err != nil {
			return nil, err
		}
		if len(mem) == before {
			return nil, fmt.Errorf("%w after %d of %d bytes", errBrokenOff, at, b.size)
		}
		at += int64(len(mem) - before)
	}
	return mem, nil
}

// readPieces reads Blobs that next makes, one after the other, over what mem is. next
// gets how many bytes there were before, and returns how many the next has, 0 at the end,
// and how many there will be. A piece is read before the next is made: the page's thread
// is not to contend with what it hands over.
func (p *Page) readPieces(ctx context.Context, r *realm, mem []byte, next func(at int64) (got, size int64, err error)) ([]byte, error) {
	mem = mem[:0]
	for {
		got, size, err := next(int64(len(mem)))
		if err != nil || got == 0 {
			return mem, err
		}
		b, err := p.takeBlob(ctx, r, got)
		if err != nil {
			return nil, err
		}
		if int64(cap(mem)) < size && size <= maxMemory {
			mem = append(make([]byte, 0, size), mem...)
		}
		if mem, err = p.readBlob(ctx, r, b, mem); err != nil {
			return nil, err
		}
	}
}

// sliceJS reads a part of a Blob in a worker, as base64.
const sliceJS = `function(from, to) { return new FileReaderSync().readAsDataURL(this.slice(from, to)).split(',')[1] || ''; }`

// readSlices reads a Blob of a worker piece by piece, each on the worker's thread.
// ErrPageBusy where one takes more than five seconds: the page may stand meanwhile.
func (p *Page) readSlices(ctx context.Context, session string, of *blob, mem []byte) ([]byte, error) {
	slice := func(from, to int64) (string, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, ErrPageBusy)
		defer cancel()
		var got struct{ Result struct{ Value string } }
		err := p.conn.Call(ctx, session, "Runtime.callFunctionOn", map[string]any{
			"objectId": of.object, "functionDeclaration": sliceJS, "returnByValue": true,
			"arguments": []map[string]any{{"value": from}, {"value": to}}}, &got)
		return got.Result.Value, err
	}
	for at := int64(0); at < of.size; {
		text, err := slice(at, min(of.size, at+piece))
		if err != nil {
			return nil, err
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) == 0 || int64(len(b)) > of.size-at {
			return nil, fmt.Errorf("%w after %d of %d bytes", errBrokenOff, at, of.size)
		}
		mem, at = append(mem, b...), at+int64(len(b))
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
