package dev

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/reload/classify"
	"github.com/gomedic/gomedic/internal/reload/listing"
	"github.com/gomedic/gomedic/internal/text"
)

// knowledge is what changes are compared with.
type knowledge struct {
	list   *listing.List
	source *classify.Program
	why    text.Text // why code cannot be loaded, zero if it can
	at     time.Time // when all of the source had been read
	err    error
}

// learn asks, beside all else, what the running program is made of: the first time
// that builds all that it depends on once more, so that it can go into a plugin.
func (s *session) learn(ctx context.Context) {
	s.forget()
	ctx, s.stopLearning = context.WithCancel(ctx)
	done := make(chan knowledge, 1)
	s.learning = done
	go func() {
		var k knowledge
		began := time.Now()
		o := listing.Options{Dir: s.o.Dir, Main: s.o.Main, Flags: s.flags(), Env: s.o.Env, Cache: s.o.Cache,
			Progress: func(string) { s.stage("dev.stage.archive", 0, 0) }}
		k.list, k.err = listing.Load(ctx, o)
		if errors.Is(k.err, listing.ErrNoCompiler) {
			// What kind of change one is can be told all the same.
			k.why = *explained(k.err)
			o.Env = append(slices.Clone(o.Env), "CGO_ENABLED=0")
			k.list, k.err = listing.Load(ctx, o)
		}
		if k.err == nil {
			k.source, k.err = classify.New(k.list, classify.Options{Components: components(k.list)})
		}
		k.at = time.Now()
		s.stage("", 0, 0)
		done <- k
		if k.err == nil && ctx.Err() == nil { // changes can be taken in from now on
			c := &Chain{Schema: Schema, N: s.number(), At: time.Now(), Files: []string{}, Action: ready, began: began}
			c.end()
			s.tell(c)
		}
	}()
}

// forget drops what was known, as it is of another source.
func (s *session) forget() {
	if s.stopLearning != nil {
		s.stopLearning()
		s.stopLearning = nil
	}
	s.learning, s.list, s.source, s.builder, s.why = nil, nil, nil, nil, text.Text{}
	s.waiting = map[string][]byte{}
}

// knows takes over what was learnt, if that is done.
func (s *session) knows() bool {
	if s.source != nil {
		return true
	}
	select {
	case k := <-s.learning:
		if k.err != nil {
			s.o.Say(text.T("dev.unknown", strings.TrimSpace(k.err.Error())))
			return false
		}
		s.list, s.source, s.why, s.learntAt = k.list, k.source, k.why, k.at
		return true
	default:
		return false
	}
}

// components are the packages whose components can be replaced: those that import
// package reload, but for main.
func components(l *listing.List) (paths []string) {
	for _, p := range l.Packages {
		if p.Local() && p != l.Main && slices.Contains(p.Imports, reloadPath) {
			paths = append(paths, p.ImportPath)
		}
	}
	return paths
}
