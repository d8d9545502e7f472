// Command trial saves files as editors and tools do, watches them the way a project
// does, and counts what would have been loaded.
//
// gomedic reload-check builds it within the project's module, with the project's own
// version of its watcher library: this file and those beside it are laid over a folder
// that is not there. So it imports nothing but the standard library and, in one file for
// each, the watcher library. The plan comes on standard input, one outcome a line goes to
// standard output; when standard input ends, it ends, and removes what it wrote.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// plan is what is to be tried; gomedic fills it. Words are those of its evidence.
type plan struct {
	Work   string        `json:"work"`   // all that is to be removed, should gomedic be gone
	Dir    string        `json:"dir"`    // an empty directory
	Limit  time.Duration `json:"limit"`  // no new case is begun after so long
	Budget time.Duration `json:"budget"` // how long to save in one way
	Whats  []string      `json:"whats"`  // of what is watched: file, directory, tree
	Cases  []string      `json:"cases"`

	Events    []string      `json:"events"` // that are acted on
	Wait      time.Duration `json:"wait"`
	WaitKind  string        `json:"wait_kind"`
	Errors    bool          `json:"errors"`    // the errors are taken
	Overflow  bool          `json:"overflow"`  // … and after lost events everything is looked at
	NewDirs   bool          `json:"new_dirs"`  // directories that appear are watched
	NewFiles  bool          `json:"new_files"` // … and what is already in them is looked at
	Readds    bool          `json:"readds"`
	Aside     bool          `json:"aside"`     // … in a goroutine of its own
	Recursive bool          `json:"recursive"` // the library watches what lies below by itself
	Sets      bool          `json:"sets"`
	Buffer    int           `json:"buffer"` // of the channel of events
}

// outcome is what came of one case.
type outcome struct {
	Case     string        `json:"case"`
	What     string        `json:"what"`
	Begun    bool          `json:"begun,omitempty"` // it begins; nothing else is set
	Gap      time.Duration `json:"gap,omitempty"`
	Saves    int           `json:"saves"`
	Loads    int           `json:"loads"`
	Whole    int           `json:"whole"`
	Empty    int           `json:"empty,omitempty"`
	Partial  int           `json:"partial,omitempty"`
	Torn     int           `json:"torn,omitempty"`
	Missed   int           `json:"missed,omitempty"`
	Overflow bool          `json:"overflow,omitempty"`
	Stuck    bool          `json:"stuck,omitempty"`
}

func main() {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	var p plan
	if err == nil {
		err = json.Unmarshal(line, &p)
	}
	if err != nil {
		fail(fmt.Errorf("read the plan: %w", err))
	}
	go func() {
		io.Copy(io.Discard, in) // until gomedic ends
		for range 3 {           // a case may be writing
			os.RemoveAll(p.Work)
		}
		os.Exit(1)
	}()
	begun := time.Now()
	for _, c := range casesOf(&p) {
		if time.Since(begun) > p.Limit {
			break
		}
		tell(outcome{Case: c.name, What: c.what, Gap: c.gap, Begun: true})
		dir := filepath.Join(p.Dir, "case")
		if err := os.Mkdir(dir, 0o755); err != nil {
			fail(err)
		}
		o, err := c.run(&p, dir)
		if err != nil {
			fail(fmt.Errorf("%s: %w", c.name, err))
		}
		tell(o)
		os.RemoveAll(dir)
	}
}

func tell(o outcome) {
	b, err := json.Marshal(o)
	if err != nil {
		fail(err)
	}
	os.Stdout.Write(append(b, '\n'))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
