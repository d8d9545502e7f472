package dev

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server tells editors and browsers on this machine what becomes of each save, as JSON
// and as server-sent events (html.spec.whatwg.org, "Server-sent events"), and lets them
// go on after a pause.
type Server struct {
	l    net.Listener
	http *http.Server

	mu       sync.Mutex
	chains   []*Chain
	watching map[chan []byte]bool
	paused   *Pause
	goOn     chan string
}

// Pause is a stage before which a change waits.
type Pause struct {
	Stage string `json:"stage"`
	Chain *Chain `json:"chain"`
}

// mostChains are kept, the last ones.
const mostChains = 200

// Listen serves on a loopback address; ":0" takes any free port. What comes from
// another address, or from a page of another site, is refused.
func Listen(address string) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if host == "" {
		address = "127.0.0.1" + address
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not on this machine alone", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &Server{l: l, watching: map[chan []byte]bool{}, goOn: make(chan string, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /reloads", s.list)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /paused", s.pausedAt)
	mux.HandleFunc("POST /continue", s.proceed("continue"))
	mux.HandleFunc("POST /abort", s.proceed("abort"))
	s.http = &http.Server{Handler: local(mux), ReadHeaderTimeout: 5 * time.Second}
	go s.http.Serve(l)
	return s, nil
}

// URL is where it serves.
func (s *Server) URL() string { return "http://" + s.l.Addr().String() }

// Close ends it.
func (s *Server) Close() error { return s.http.Close() }

// local refuses requests by another name than this machine's, so that no web page can
// reach it through a name of its own, nor from a page of another origin.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) || r.Header.Get("Origin") != "" && r.Header.Get("Origin") != "http://"+r.Host {
			http.Error(w, "this is for the machine itself", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Tell adds what became of a save.
func (s *Server) Tell(c *Chain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chains = append(s.chains, c); len(s.chains) > mostChains {
		s.chains = slices.Delete(s.chains, 0, len(s.chains)-mostChains)
	}
	s.send("reload", c.json())
}

// send sends an event to all that watch. Who does not keep up misses some.
func (s *Server) send(event string, data []byte) {
	for c := range s.watching {
		select {
		case c <- fmt.Appendf(nil, "event: %s\ndata: %s\n\n", event, data):
		default:
		}
	}
}

func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	chains := slices.Clone(s.chains)
	s.mu.Unlock()
	if chains == nil {
		chains = []*Chain{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(chains)
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	c := make(chan []byte, 100)
	s.mu.Lock()
	s.watching[c] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watching, c)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for {
		select {
		case b := <-c:
			if _, err := w.Write(b); err != nil || flush.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (s *Server) pausedAt(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	p := s.paused
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p)
}

func (s *Server) proceed(how string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		p := s.paused
		s.mu.Unlock()
		if p == nil {
			http.Error(w, "nothing waits", http.StatusConflict)
			return
		}
		select {
		case s.goOn <- how:
		default:
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// Wait tells everybody that a change waits, until somebody says how to go on or ctx is
// done. It reports whether to go on.
func (s *Server) Wait(ctx context.Context, stage string, c *Chain) bool {
	p := &Pause{Stage: stage, Chain: c}
	b, _ := json.Marshal(p)
	s.mu.Lock()
	s.paused = p
	select {
	case <-s.goOn:
	default:
	}
	s.send("paused", b)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.paused = nil
		s.mu.Unlock()
	}()
	select {
	case how := <-s.goOn:
		return how == "continue"
	case <-ctx.Done():
		return false
	}
}
