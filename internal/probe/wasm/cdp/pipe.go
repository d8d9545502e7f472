package cdp

import (
	"bufio"
	"errors"
	"io"
)

// Pipe returns a transport over two pipes, as a browser with
// --remote-debugging-pipe has them: messages end with a zero byte. Close closes
// both, which ends the browser.
func Pipe(r io.ReadCloser, w io.WriteCloser) Transport {
	return &pipe{r, w, bufio.NewReaderSize(r, 1<<20)}
}

type pipe struct {
	r   io.ReadCloser
	w   io.WriteCloser
	buf *bufio.Reader
}

func (p *pipe) Read() ([]byte, error) {
	var msg []byte
	tooLarge := false
	for {
		part, err := p.buf.ReadSlice(0)
		if !tooLarge {
			msg = append(msg, part...)
			if len(msg) > MaxMessage {
				msg, tooLarge = nil, true
			}
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if tooLarge {
			return nil, nil
		}
		return msg[:len(msg)-1], nil
	}
}

func (p *pipe) Write(msg []byte) error {
	_, err := p.w.Write(append(msg, 0))
	return err
}

func (p *pipe) Close() error { return errors.Join(p.w.Close(), p.r.Close()) }
