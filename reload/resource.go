package reload

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Resource is a handle on what was decoded from one file of an [FS]. When the file
// changes, it is decoded anew, and all handles change in the one step in which the
// files do. It is safe for concurrent use; what Get returns is shared and must not be
// changed.
type Resource[T any] struct {
	fsys *FS
	id   uint64
	path string
}

// decoder is a Resource of whatever type.
type decoder struct {
	path   string
	decode func([]byte) (any, error)
}

// DecodeError says which file could not be decoded, and where in it, as far as known.
type DecodeError struct {
	Path         string
	Line, Column int // from 1; 0: unknown
	Err          error
}

func (e *DecodeError) Error() string {
	switch {
	case e.Line > 0 && e.Column > 0:
		return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err)
	case e.Line > 0:
		return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
	}
	return fmt.Sprintf("%s: %v", e.Path, e.Err)
}

func (e *DecodeError) Unwrap() error { return e.Err }

// NewResource decodes the file at path, now and whenever it changes, until Close. For
// decoders see [JSON], [Image], [SVG], [Font], [Translations], [Text] and [Bytes]; the
// program's own do as well. A decoder's *[DecodeError] or *[PositionError] tells the
// line. A panic of a decoder is an error. A file that is removed keeps its last value.
func NewResource[T any](fsys *FS, path string, decode func([]byte) (T, error)) (*Resource[T], error) {
	d := decoder{path: path, decode: func(b []byte) (any, error) { return decode(b) }}
	fsys.mu.Lock()
	defer fsys.mu.Unlock()
	old := fsys.now.Load()
	v, err := d.read(old.Snapshot)
	if err != nil {
		return nil, err
	}
	fsys.lastID++
	r := &Resource[T]{fsys: fsys, id: fsys.lastID, path: path}
	fsys.handles[r.id] = d
	next := *old
	next.decoded = maps.Clone(old.decoded)
	next.decoded[r.id] = v
	fsys.now.Store(&next)
	return r, nil
}

// ResourceIn is NewResource for a component: it is closed when the scope ends.
func ResourceIn[T any](s *Scope, fsys *FS, path string, decode func([]byte) (T, error)) (*Resource[T], error) {
	r, err := NewResource(fsys, path, decode)
	if err == nil {
		s.Subscribe(func() func() { return r.Close })
	}
	return r, err
}

// Path is the file's path.
func (r *Resource[T]) Path() string { return r.path }

// Get returns what was decoded last; after Close the zero value.
func (r *Resource[T]) Get() T { return r.In(r.fsys.View()) }

// In returns what belongs to a view of the same FS: several resources taken from one
// view are of one snapshot. A view that is older than the resource has its zero value.
func (r *Resource[T]) In(v View) T {
	value, _ := v.c.decoded[r.id].(T)
	return value
}

// Close ends it.
func (r *Resource[T]) Close() {
	r.fsys.mu.Lock()
	defer r.fsys.mu.Unlock()
	delete(r.fsys.handles, r.id)
	next := *r.fsys.now.Load()
	next.decoded = maps.Clone(next.decoded)
	delete(next.decoded, r.id)
	r.fsys.now.Store(&next)
}

// decode decodes what a change concerns and is not in decoded yet.
func (f *FS) decode(s *Snapshot, c FSChange, decoded map[uint64]any) error {
	f.mu.Lock()
	handles := maps.Clone(f.handles)
	f.mu.Unlock()
	concerned := map[string]bool{}
	for _, p := range slices.Concat(c.Added, c.Changed) {
		concerned[p] = true
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(handles)) {
		d := handles[id]
		if _, done := decoded[id]; done || !concerned[d.path] {
			continue
		}
		v, err := d.read(s)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		decoded[id] = v
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// read reads and decodes the file.
func (d decoder) read(s *Snapshot) (v any, err error) {
	data, err := fs.ReadFile(s, d.path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, &DecodeError{Path: d.path, Err: newPanic(p)}
		}
	}()
	v, err = d.decode(data)
	if err == nil {
		return v, nil
	}
	var at *PositionError
	var already *DecodeError
	switch {
	case errors.As(err, &already):
		if already.Path == "" {
			already.Path = d.path
		}
		return nil, already
	case errors.As(err, &at):
		return nil, &DecodeError{Path: d.path, Line: at.Line, Column: at.Column, Err: at.Err}
	}
	return nil, &DecodeError{Path: d.path, Err: err}
}

// DecodeErrors returns each *[DecodeError] in an error of Replace.
func DecodeErrors(err error) []*DecodeError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*DecodeError
		for _, e := range joined.Unwrap() {
			all = append(all, DecodeErrors(e)...)
		}
		return all
	}
	var one *DecodeError
	if errors.As(err, &one) {
		return []*DecodeError{one}
	}
	return nil
}
