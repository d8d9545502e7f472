package module

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/gort/wasmfile"
)

// mostUnpacked bounds what a compressed file may hold: several times the largest
// programs.
const mostUnpacked = 512 << 20

// unpack returns the module within a compressed file: gzip by its first bytes, brotli,
// which has none, by the file's name. The file itself is returned where it is neither.
// It fails with ErrTooLarge where there is more in it than mostUnpacked.
func unpack(path string, b []byte) (module []byte, how string, err error) {
	var open func() (io.Reader, error)
	switch {
	case len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b:
		how = "gzip"
		open = func() (io.Reader, error) { return gzip.NewReader(bytes.NewReader(b)) }
	case strings.EqualFold(filepath.Ext(path), ".br") && !bytes.HasPrefix(b, []byte("\x00asm")):
		how = "brotli"
		open = func() (io.Reader, error) { return brotli.NewReader(bytes.NewReader(b)), nil }
	default:
		return b, "", nil
	}
	explain := func(err error) error {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%s: the compressed data end too early", how)
		}
		return fmt.Errorf("%s: %w", how, err)
	}
	// First it is only measured, so that a bomb takes no memory.
	r, err := open()
	if err != nil {
		return nil, how, explain(err)
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, mostUnpacked+1))
	switch {
	case n > mostUnpacked:
		return nil, how, ErrTooLarge
	case err != nil:
		return nil, how, explain(err)
	}
	if r, err = open(); err != nil {
		return nil, how, explain(err)
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, how, explain(err)
	}
	return out, how, nil
}

// looks tells what a file is that is no module: "" where nobody knows.
func looks(b []byte) string {
	head := b[:min(len(b), 1024)]
	lower := bytes.ToLower(bytes.TrimLeft(head, "\ufeff \t\r\n"))
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return "elf"
	case bytes.HasPrefix(lower, []byte("<!doctype")), bytes.HasPrefix(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<head")):
		return "html"
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return "lfs"
	}
	if valid := strings.ToValidUTF8(string(head), ""); len(head)-len(valid) < utf8.UTFMax && !strings.ContainsRune(valid, 0) {
		return "text"
	}
	return ""
}

// Levels at which a module is compressed to see what that gives: brotli's highest
// takes a minute for ten megabytes, and gives a tenth more.
const (
	gzipLevel   = 6
	brotliLevel = 6
)

// savings measures how small the module could be.
func savings(ctx context.Context, m *wasmfile.Module, b []byte) (*evidence.WasmSavings, error) {
	out := &evidence.WasmSavings{}
	bare := make([]byte, 0, len(b))
	bare = append(bare, b[:8]...)
	for i := range m.Sections {
		s := &m.Sections[i]
		if s.ID == wasmfile.Custom && (s.Name == "name" || strings.HasPrefix(s.Name, ".debug_")) {
			out.Strip += s.Size
			continue
		}
		bare = append(bare, b[s.At:s.At+s.Size]...)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		z, err := gzip.NewWriterLevel(io.Discard, gzipLevel)
		if err != nil {
			return err
		}
		var n counter
		z.Reset(&n)
		out.Gzip, err = compressed(ctx, z, &n, bare)
		return err
	})
	g.Go(func() (err error) {
		var n counter
		out.Brotli, err = compressed(ctx, brotli.NewWriterLevel(&n, brotliLevel), &n, bare)
		return err
	})
	return out, g.Wait()
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// compressed returns how large b becomes.
func compressed(ctx context.Context, z io.WriteCloser, n *counter, b []byte) (int64, error) {
	const chunk = 1 << 20
	for len(b) > 0 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		k := min(chunk, len(b))
		if _, err := z.Write(b[:k]); err != nil {
			return 0, err
		}
		b = b[k:]
	}
	err := z.Close()
	return int64(*n), err
}
