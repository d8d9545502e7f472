package wasmbundle

import (
	"bytes"
	"context"
	"io"
	"path"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// Levels. Brotli's highest takes a minute for ten megabytes and gives a tenth more.
const (
	gzipLevel       = 9
	brotliLevel     = 9
	bestBrotliLevel = 11
	leastPacked     = 512 // bytes below which compressing is not worth a file
)

// compressAll returns NAME.gz and NAME.br of each file that becomes smaller by it.
func compressAll(ctx context.Context, files []file, best bool) ([]file, error) {
	var out []file
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	add := func(f file, ext string, open func(io.Writer) (io.WriteCloser, error)) {
		g.Go(func() error {
			b, err := compressed(ctx, f.bytes, open)
			if err != nil || len(b) >= len(f.bytes) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			out = append(out, file{f.name + ext, b})
			return nil
		})
	}
	level := brotliLevel
	if best {
		level = bestBrotliLevel
	}
	for _, f := range files {
		switch path.Ext(f.name) {
		case ".png", ".jpg", ".gif", ".webp", ".ico":
			continue
		}
		if len(f.bytes) < leastPacked {
			continue
		}
		add(f, ".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzipLevel) })
		add(f, ".br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, level), nil })
	}
	return out, g.Wait()
}

func compressed(ctx context.Context, b []byte, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	const chunk = 256 << 10
	var out bytes.Buffer
	z, err := open(&out)
	if err != nil {
		return nil, err
	}
	for len(b) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(chunk, len(b))
		if _, err := z.Write(b[:n]); err != nil {
			return nil, err
		}
		b = b[n:]
	}
	err = z.Close()
	return out.Bytes(), err
}
