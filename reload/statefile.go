package reload

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// stateFormat begins the first line of a file of states; the format's version, the
// SHA-256 and the length in bytes of the JSON that follows stand there, too.
const stateFormat = "gomedic.state/v1"

// ErrState is in the error of Restore for a file that is none of states, of another
// version, cut off or damaged.
var ErrState = errors.New("not a file of states that can be read")

// stateFile is the JSON.
type stateFile struct {
	Objects []*node      `json:"objects"`
	States  []savedState `json:"states"`
}

type savedState struct {
	Component string       `json:"component"`
	Name      string       `json:"name"`
	Value     *node        `json:"value,omitempty"`
	Aside     []savedAside `json:"aside,omitempty"`
}

type savedAside struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Reason string `json:"reason"`
	Value  *node  `json:"value"`
}

// save writes all states, at once or not at all, and returns what cannot be written.
func (s *store) save(path string) ([]Aside, error) {
	content, left, err := s.encode()
	if err != nil {
		return nil, err
	}
	return left, writeWhole(path, framed(content))
}

// framed puts the first line before the JSON.
func framed(content []byte) []byte {
	return fmt.Appendf(nil, "%s %x %d\n%s", stateFormat, sha256.Sum256(content), len(content), content)
}

func (s *store) encode() ([]byte, []Aside, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := map[stateKey]bool{}
	for k := range s.cells {
		keys[k] = true
	}
	for k := range s.restored {
		keys[k] = true
	}
	for k := range s.aside {
		keys[k] = true
	}
	e := &encoder{from: s.objects}
	file := stateFile{States: []savedState{}}
	for _, key := range slices.SortedFunc(maps.Keys(keys), stateKey.compare) {
		saved := savedState{Component: key.component, Name: key.name}
		if c, ok := s.cells[key]; ok {
			p, _ := c.now()
			saved.Value = e.state(key, live(p.Elem()))
		} else if n, ok := s.restored[key]; ok {
			saved.Value = e.state(key, n)
		}
		for _, a := range s.aside[key] {
			e.room = MaxStateBytes
			saved.Aside = append(saved.Aside, savedAside{a.Path, a.Type, a.Reason, e.encode(key, a.source, &where{name: a.Path})})
		}
		file.States = append(file.States, saved)
	}
	file.Objects = e.objects
	b, err := json.Marshal(file)
	return b, e.left, err
}

// writeWhole replaces a file by a rename, after its bytes are on the disk.
func writeWhole(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// restore reads a file of save. Its values are waiting until their states are asked
// for. A file that is not there is no error. After an error nothing is restored.
func (s *store) restore(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	file, err := decodeStates(b)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", path, ErrState, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects = file.Objects
	for _, saved := range file.States {
		key := stateKey{saved.Component, saved.Name}
		if saved.Value != nil {
			s.restored[key] = saved.Value
		}
		for _, a := range saved.Aside {
			s.aside[key] = append(s.aside[key], Aside{Component: key.component, Name: key.name, Path: a.Path, Type: a.Type,
				Value: a.Value.shown(), Reason: a.Reason, source: a.Value})
		}
	}
	return nil
}

func decodeStates(b []byte) (*stateFile, error) {
	head, content, _ := bytes.Cut(b, []byte("\n"))
	var format, sum string
	var size int
	if !bytes.HasPrefix(head, []byte("gomedic.state/")) {
		return nil, errors.New("it does not begin with gomedic.state/")
	}
	if _, err := fmt.Sscanf(string(head), "%s %s %d", &format, &sum, &size); err != nil {
		return nil, errors.New("its first line is cut off or damaged")
	}
	switch {
	case format != stateFormat:
		return nil, fmt.Errorf("it is of version %s, this program reads %s", format, stateFormat)
	case len(content) != size:
		return nil, fmt.Errorf("it has %d of %d bytes", len(content), size)
	case fmt.Sprintf("%x", sha256.Sum256(content)) != sum:
		return nil, errors.New("its content does not match its checksum")
	}
	var file stateFile
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	for _, n := range file.Objects {
		if err := n.check(); err != nil {
			return nil, err
		}
	}
	for _, saved := range file.States {
		if saved.Value != nil {
			if err := saved.Value.check(); err != nil {
				return nil, err
			}
		}
		for _, a := range saved.Aside {
			if err := a.Value.check(); err != nil {
				return nil, err
			}
		}
	}
	return &file, nil
}

// check makes sure of what moving relies on. A file's depth is bounded by
// encoding/json.
func (n *node) check() error {
	switch {
	case n == nil:
		return errors.New("a value is missing")
	case n.Kind == isMap && len(n.Keys) != len(n.Elems), n.Kind == isStruct && len(n.Names) != len(n.Elems):
		return fmt.Errorf("a %s has not as many names as values", n.Kind)
	case n.Kind == isInterface && len(n.Elems) != 1:
		return fmt.Errorf("an interface holds %d values", len(n.Elems))
	}
	for _, part := range slices.Concat(n.Keys, n.Elems) {
		if err := part.check(); err != nil {
			return err
		}
	}
	return nil
}
