package lab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/tools/txtar"
)

// Case is a case that is written down in a file of its own, and what came of it.
type Case struct {
	Name    string  `json:"name"`
	Illness string  `json:"illness"`
	Healthy bool    `json:"healthy,omitempty"`
	Passed  bool    `json:"passed"`
	Why     string  `json:"why,omitempty"` // what was wrong
	Got     string  `json:"got,omitempty"` // in a word
	TookMS  float64 `json:"took_ms"`

	steps [][]string
	files []txtar.File
}

// readCases reads the cases of a folder of the lab whose name matches only: the first
// comment says what is wrong, the lines below what must come out, in words that are
// the folder's own; the files are the case's.
func readCases(dir, only string, known map[string]int) ([]*Case, error) {
	match, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no *.txtar in %s", dir)
	}
	var all []*Case
	for _, path := range paths {
		c := &Case{Name: strings.TrimSuffix(filepath.Base(path), ".txtar")}
		if !match.MatchString(c.Name) {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		a := txtar.Parse(b)
		c.files = a.Files
		n := 0
		for line := range strings.Lines(string(a.Comment)) {
			n++
			if text, ok := strings.CutPrefix(line, "# "); ok {
				c.Illness = strings.TrimSpace(c.Illness + " " + strings.TrimSpace(text))
				continue
			}
			args, err := words(line)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			if len(args) == 0 {
				continue
			}
			least, ok := known[args[0]]
			if !ok || len(args)-1 < least {
				return nil, fmt.Errorf("%s:%d: %q is no step", path, n, strings.TrimSpace(line))
			}
			c.Healthy = c.Healthy || args[0] == "healthy"
			c.steps = append(c.steps, args)
		}
		all = append(all, c)
	}
	return all, nil
}

// file returns a file of the case.
func (c *Case) file(name string) ([]byte, bool) {
	for _, f := range c.files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// WriteCase writes what came of one case.
func WriteCase(w io.Writer, c *Case) {
	mark := "ok  "
	if !c.Passed {
		mark = "FAIL"
	}
	fmt.Fprintf(w, "%s %-28s %6.1f s  %s\n", mark, c.Name, c.TookMS/1000, c.Got)
	if !c.Passed {
		fmt.Fprintf(w, "     %s\n", strings.ReplaceAll(strings.TrimSpace(c.Why), "\n", "\n     "))
	}
}
