package cdp

import (
	"context"
	"fmt"
	"io"

	"github.com/coder/websocket"
)

// Dial opens a WebSocket to a browser's or a page's debugger address, ws://….
func Dial(ctx context.Context, url string) (Transport, error) {
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, fmt.Errorf("connect to the browser at %s: %w", url, err)
	}
	conn.SetReadLimit(-1)
	life, end := context.WithCancel(context.Background())
	return &socket{conn, life, end}, nil
}

type socket struct {
	conn *websocket.Conn
	life context.Context
	end  context.CancelFunc
}

func (s *socket) Read() ([]byte, error) {
	_, r, err := s.conn.Reader(s.life)
	if err != nil {
		return nil, err
	}
	msg, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(msg) > MaxMessage {
		_, err := io.Copy(io.Discard, r)
		return nil, err
	}
	return msg, nil
}

func (s *socket) Write(msg []byte) error {
	return s.conn.Write(s.life, websocket.MessageText, msg)
}

func (s *socket) Close() error {
	s.end()
	return s.conn.CloseNow()
}
