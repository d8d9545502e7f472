package wasm

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxMemory bounds the copy of a memory, in bytes: what WebAssembly with 32-bit
// addresses can have at most.
const maxMemory = 4 << 30

// reserveJS makes room for a copy of the memory of the instance number n, and a little
// more, times as much as usual; 0: it makes none. It returns the memory's size, and
// whether there is room.
const reserveJS = `function(n, times) {
	const slot = this.instances[n];
	if (!slot) return {size: -1, ms: 0};
	const begin = performance.now(), size = slot.memory.buffer.byteLength;
	this.room = null;
	if (times) try { this.room = new Uint8Array(size + times * Math.min(Math.floor(size / 16), 16 << 20)); } catch {}
	return {size, room: !!this.room, ms: performance.now() - begin};
}`

// touchJS copies a piece of the memory into the room: pages that were written to once
// are copied to several times faster.
const touchJS = `function(n, from, piece) {
	const slot = this.instances[n];
	if (!slot) return {size: -1, ms: 0};
	const begin = performance.now(), buffer = slot.memory.buffer;
	const to = Math.min(from + piece, buffer.byteLength, this.room.length);
	if (to > from) this.room.set(new Uint8Array(buffer, from, to - from), from);
	return {size: buffer.byteLength, ms: performance.now() - begin};
}`

// copyJS copies the whole memory into the room: the page stands for that long. Where
// there is no room it copies into a Blob, which takes longer. It returns the size, -2
// if the memory has outgrown the room.
const copyJS = `function(n) {
	const slot = this.instances[n];
	if (!slot) return {size: -1, ms: 0};
	const begin = performance.now(), buffer = slot.memory.buffer, size = buffer.byteLength;
	if (!this.room) this.blob = new Blob([new Uint8Array(buffer)]);
	else if (size > this.room.length) return {size: -2, ms: performance.now() - begin};
	else this.room.set(new Uint8Array(buffer));
	return {size, ms: performance.now() - begin};
}`

// laterJS: another Go program was started since.
const laterJS = `(` + lastJS + ` > n)`

// pieceJS makes a Blob of a piece of the room, liveJS of a piece of the memory as it is
// now: fewer bytes than asked for where it ends.
const (
	pieceJS = `function(from, to) {
	const begin = performance.now();
	this.blob = new Blob([this.room.subarray(from, to)]);
	return {size: this.blob.size, ms: performance.now() - begin};
}`
	liveJS = `function(n, from, piece) {
	const slot = this.instances[n];
	if (!slot || ` + laterJS + `) return {size: -1, ms: 0};
	const begin = performance.now(), buffer = slot.memory.buffer, to = Math.min(from + piece, buffer.byteLength);
	const got = Math.max(0, to - from);
	this.blob = new Blob([new Uint8Array(buffer, Math.min(from, to), got)]);
	return {size: buffer.byteLength, got, ms: performance.now() - begin};
}`
	leaveJS = `function() { this.room = null; return {size: 0, ms: 0}; }`
)

// made is what those functions return.
type made struct {
	Size, Got int64
	Room      bool
	MS        float64
}

// pacer chooses how much is copied at a time: less where the page stands for long, as it
// does on a busy machine.
type pacer struct{ piece int64 }

const (
	leastPiece = 512 << 10
	longPiece  = 12 * time.Millisecond
	shortPiece = 4 * time.Millisecond
)

// size is how much to copy next, in bytes.
func (p *pacer) size() int64 {
	if p.piece == 0 {
		p.piece = piece / 2
	}
	return p.piece
}

// took notes for how long the page stood for the last.
func (p *pacer) took(d time.Duration) {
	switch {
	case d > longPiece:
		p.piece = max(p.piece/2, leastPiece)
	case d < shortPiece:
		p.piece = min(p.piece*2, piece)
	}
}

// Held are the times for which a page's thread was held up, one after the other: between
// them the page goes on.
type Held []time.Duration

// Longest is the longest of them.
func (h Held) Longest() (most time.Duration) {
	for _, d := range h {
		most = max(most, d)
	}
	return most
}

// copied calls one of the functions above.
func (p *Page) copied(ctx context.Context, r *realm, held *Held, function string, args ...any) (m made, err error) {
	if err := p.on(ctx, r, function, &m, args...); err != nil {
		return m, err
	}
	return m, m.count(held)
}

// took is for how long the page stood.
func (m *made) took() time.Duration { return time.Duration(m.MS * float64(time.Millisecond)) }

// count counts what the function took, and says what is wrong with what it returned.
func (m *made) count(held *Held) error {
	if m.MS > 0 {
		*held = append(*held, m.took())
	}
	switch {
	case m.Size == -1:
		return errNoMemory
	case m.Size > maxMemory:
		return fmt.Errorf("%w: %d bytes", errTooLarge, m.Size)
	}
	return nil
}

// Memory returns a copy of the linear memory of the page's Go program, of the last
// instance that was made if there are several, as it was at one moment, and for how long
// the page's thread was held up: while the copy was made, and, piece by piece, while it
// was prepared and handed over. It returns ErrNoGo where no Go program runs,
// ErrPageBusy where the page's thread does not answer, and ErrRestarted where programs are
// started faster than their memory can be copied.
func (p *Page) Memory(ctx context.Context) (mem []byte, held Held, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 60*time.Second, errBrokenOff)
	defer cancel()
	err = p.last(ctx, func(f found) (err error) {
		mem, err = p.whole(ctx, f.realm, f.n, &held)
		return err
	})
	return mem, held, err
}

func (p *Page) whole(ctx context.Context, r *realm, n int, held *Held) ([]byte, error) {
	defer p.leave(ctx, r)
	for _, times := range []int{1, 4, 16, 0} { // of a memory that grows meanwhile
		reserved, err := p.copied(ctx, r, held, reserveJS, n, times)
		if err != nil {
			return nil, err
		}
		if times == 0 && reserved.Size > wholeAtOnce {
			break // the page would stand for long
		}
		if reserved.Room {
			if _, err := p.fill(ctx, r, n, held); err != nil {
				return nil, err
			}
		}
		m, err := p.copied(ctx, r, held, copyJS, n)
		switch {
		case err != nil:
			return nil, err
		case m.Size < 0:
			continue
		case reserved.Room:
			return p.handOver(ctx, r, m.Size, nil, held)
		}
		b, err := p.takeBlob(ctx, r, m.Size)
		if err != nil {
			return nil, err
		}
		return p.readBlob(ctx, r, b, make([]byte, 0, m.Size))
	}
	return nil, errGrows
}

// leave gives the room back, should the page's thread not answer then later.
func (p *Page) leave(ctx context.Context, r *realm) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = p.copied(ctx, r, &Held{}, leaveJS)
}

// fill copies the memory into the room, piece by piece: between them the page goes on. It
// returns the memory's size.
func (p *Page) fill(ctx context.Context, r *realm, n int, held *Held) (size int64, err error) {
	var pace pacer
	for at := int64(0); at == 0 || at < size; {
		step := pace.size()
		m, err := p.copied(ctx, r, held, touchJS, n, at, step)
		if err != nil {
			return 0, err
		}
		pace.took(m.took())
		at += step
		size = m.Size
	}
	return size, nil
}

// handOver reads size bytes of the room, piece by piece, over what mem is.
func (p *Page) handOver(ctx context.Context, r *realm, size int64, mem []byte, held *Held) ([]byte, error) {
	var pace pacer
	return p.readPieces(ctx, r, mem, func(at int64) (int64, int64, error) {
		if at >= size {
			return 0, size, nil
		}
		m, err := p.copied(ctx, r, held, pieceJS, at, min(size, at+pace.size()))
		pace.took(m.took())
		return m.Size, size, err
	})
}

var errGrows = errors.New("the memory grows faster than it can be copied")

// live copies the memory piece by piece while the program may run between them, over
// what mem is.
func (p *Page) live(ctx context.Context, r *realm, n int, mem []byte, held *Held) ([]byte, error) {
	var pace pacer
	return p.readPieces(ctx, r, mem, func(at int64) (int64, int64, error) {
		m, err := p.copied(ctx, r, held, liveJS, n, at, pace.size())
		pace.took(m.took())
		return m.Got, m.Size, err
	})
}
