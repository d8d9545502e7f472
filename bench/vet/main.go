// Command vet measures gomedic vet on a module of many lines, which it makes
// first: windows with handlers, interfaces, locks and goroutines, on the stub of
// Fyne that the tests use. Run it from the module's root, with bin/gomedic built:
//
//	go run ./bench/vet -lines 100000
//
// It prints how long gomedic took, and how much memory at most.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// one is the head of a package: its number, and the import of the package that
// it calls.
const one = `package p%[1]d

import (
	"os"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
%[2]s)

type source interface{ read(name string) (string, error) }
`

// part is a piece of a package, about 60 lines.
const part = `
type store%[1]d struct {
	mu    sync.Mutex
	items map[string]int
	src   source
	on    func(string)
}

func (s *store%[1]d) read(name string) (string, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	return string(b), nil
}

func (s *store%[1]d) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for k, v := range s.items {
		if k == name || v > 3 {
			n += v
		} else {
			n--
		}
	}
	return n
}

func (s *store%[1]d) refresh() {
	text, err := s.src.read("a")
	if err != nil {
		return
	}
	s.mu.Lock()
	s.items[text]++
	s.mu.Unlock()
	if s.on != nil {
		s.on(text)
	}
}

func each%[1]d(names []string, f func(string) int) (sum int) {
	for _, n := range names {
		sum += f(n)
	}
	return sum
}

// View%[1]d makes a page.
func View%[1]d() fyne.CanvasObject {
	s := &store%[1]d{items: map[string]int{}}
	s.src = s
	label := widget.NewLabel("")
	s.on = func(t string) { fyne.Do(func() { label.SetText(t) }) }
	button := widget.NewButton("count", func() {
		if each%[1]d([]string{"a", "b"}, s.count) > 3 {
			label.SetText("many")
		}
	})
	load := widget.NewButton("load", func() { go s.refresh() })
	bad := widget.NewButton("now", func() { s.refresh() })
	return container.NewVBox(label, button, load, bad)
}
`

func main() {
	lines := flag.Int("lines", 100_000, "how many lines the module has")
	program := flag.String("gomedic", "bin/gomedic", "the program to measure")
	rounds := flag.Int("rounds", 3, "how often to measure")
	flag.Parse()
	if err := run(*program, *lines, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "vet:", err)
		os.Exit(1)
	}
}

func run(program string, lines, rounds int) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	stub, err := filepath.Abs("internal/vet/testdata/stubs/fyne")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gomedic-bench-vet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	made, err := write(dir, stub, lines)
	if err != nil {
		return err
	}
	for range rounds {
		cmd := exec.Command(program, "vet", "-q", "./...")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		began := time.Now()
		err := cmd.Run()
		took := time.Since(began)
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			return fmt.Errorf("%w: %s", err, complaint.String())
		}
		fmt.Printf("%d lines, %d findings: %.1f s, at most %d MB\n", made, bytes.Count(out.Bytes(), []byte("\n")),
			took.Seconds(), peak(cmd.ProcessState)>>20)
	}
	return nil
}

// write makes the module and returns how many lines it has.
func write(dir, stub string, lines int) (int, error) {
	put := func(name, text string) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(text), 0o644)
	}
	mod := "module example.com/big\n\ngo 1.26\n\nrequire fyne.io/fyne/v2 v2.7.1\n\nreplace fyne.io/fyne/v2 => " + stub + "\n"
	if err := put("go.mod", mod); err != nil {
		return 0, err
	}
	made := 0
	for p := 0; made < lines; p++ {
		imports := ""
		if p > 0 {
			imports = fmt.Sprintf("\n\tbefore %q\n", fmt.Sprintf("example.com/big/p%d", p-1))
		}
		var b strings.Builder
		fmt.Fprintf(&b, one, p, imports)
		if p > 0 {
			b.WriteString("\n// All also shows the pages of the package before.\nfunc All() fyne.CanvasObject { return container.NewVBox(View0(), before.View0()) }\n")
		}
		for i := range 10 {
			fmt.Fprintf(&b, part, i)
		}
		if err := put(fmt.Sprintf("p%d/p.go", p), b.String()); err != nil {
			return 0, err
		}
		made += strings.Count(b.String(), "\n")
	}
	return made, nil
}
