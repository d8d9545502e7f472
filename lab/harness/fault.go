// Package harness is what all lab programs share: the table of faults, the
// manifest, the signs that a fault is on, and the bounds on a program's life.
//
// A lab program is one toolkit's window with one illness. The harness knows no
// toolkit and takes no part in an illness: it holds no lock and no channel of a
// fault, and none of its functions stands on the UI goroutine's stack above the
// fault's own. Start at [Table] and [Fault]; lab/README.md says how to add one.
package harness

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"sync/atomic"
	"time"
)

// Fault is one illness and what must be found in a program that has it.
// Functions are written as the Go runtime prints them, without arguments:
// "main.(*ledger).balance", "main.buildUI.func1".
type Fault struct {
	Name    string `json:"name"`
	Toolkit string `json:"toolkit,omitempty"` // set by the Table
	Illness string `json:"illness"`           // one line: what the program's author did

	// Leak says that gomedic leak must find it, and not gomedic check.
	Leak bool `json:"leak,omitempty"`
	// Native says that gomedic native must find it.
	Native bool `json:"native,omitempty"`
	// Started says that gomedic native --gpu must find it, in a program that it starts
	// itself: by its Vulkan layer.
	Started bool `json:"started,omitempty"`
	// Healthy says that no finding of severity P0 or P1 may come; of a program that
	// gomedic leak or gomedic native examines, none above info.
	Healthy bool `json:"healthy,omitempty"`
	// ID lists the accepted finding ids.
	ID []string `json:"id,omitempty"`
	// Where lists the accepted functions of the finding's place, which is the
	// innermost frame of the user's code on the UI goroutine; of a leak, the function
	// that allocates, registers, starts or waits. Empty: not judged.
	Where []string `json:"where,omitempty"`
	// Blocker lists the accepted functions of the finding's blocker.
	Blocker []string `json:"blocker,omitempty"`
	// NoBlocker says that nobody may be blamed.
	NoBlocker bool `json:"no_blocker,omitempty"`
	// Chain lists functions that the wait-for chain must pass, in this order,
	// after the UI goroutine. Of a leak: the names that the chain from the root to
	// the leaked object must pass, in this order: functions of goroutines and of
	// closures, fields, types. "a|b" accepts either. A name that only symbols or
	// DWARF tell begins with "?": of a stripped program it is not asked.
	Chain []string `json:"chain,omitempty"`
	// Global is the package variable in which a leak's chain must begin, such as
	// "main.cache"; "a|b" accepts either. A stripped program does not have its name: there any global will do.
	Global string `json:"global,omitempty"`
	// Type lists the accepted types of the objects that leak. Empty: not judged.
	Type []string `json:"type,omitempty"`
	// Short says that the fault belongs to the short score.
	Short bool `json:"short,omitempty"`
	// Probes says that only probes in the kernel can tell it: it shows in what a
	// frame of a millisecond does, and no look from outside is as quick.
	Probes bool `json:"probes,omitempty"`
}

// Table holds the faults of one program. T is what starts a fault with the
// program's toolkit, usually a function.
type Table[T any] struct {
	Toolkit string
	entries map[string]entry[T]
}

type entry[T any] struct {
	fault Fault
	start T
}

// Add adds a fault. It panics on a name that is taken: that is a mistake in the
// program, seen at its first start.
func (t *Table[T]) Add(f Fault, start T) {
	if t.entries == nil {
		t.entries = make(map[string]entry[T])
	}
	if _, taken := t.entries[f.Name]; taken {
		panic("lab: two faults are named " + f.Name)
	}
	t.entries[f.Name] = entry[T]{f, start}
}

// Manifest returns the faults in the order of their names.
func (t *Table[T]) Manifest() []Fault {
	faults := make([]Fault, 0, len(t.entries))
	for _, e := range t.entries {
		f := e.fault
		f.Toolkit = t.Toolkit
		faults = append(faults, f)
	}
	sort.Slice(faults, func(i, j int) bool { return faults[i].Name < faults[j].Name })
	return faults
}

// Choose reads the command line. It bounds the life of the process and returns
// the chosen fault, or prints the manifest and ends the process.
func (t *Table[T]) Choose() (Fault, T) {
	manifest := flag.Bool("manifest", false, "print the faults of this program as JSON and exit")
	life := flag.Duration("life", 2*time.Minute, "the kernel ends the program after `this long`")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [-life 2m] FAULT | -manifest\n", os.Args[0])
		flag.PrintDefaults()
		t.list(flag.CommandLine.Output())
	}
	flag.Parse()
	if *manifest {
		out := json.NewEncoder(os.Stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		if err := out.Encode(t.Manifest()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	e, ok := t.entries[flag.Arg(0)]
	if !ok {
		flag.Usage()
		os.Exit(2)
	}
	if err := boundLife(*life); err != nil {
		fmt.Fprintln(os.Stderr, "bound the program's life:", err)
		os.Exit(2)
	}
	return e.fault, e.start
}

func (t *Table[T]) list(w io.Writer) {
	for _, f := range t.Manifest() {
		fmt.Fprintf(w, "  %-28s %s\n", f.Name, f.Illness)
	}
}

// Title returns the window title of a fault's program.
func (f Fault) Title() string { return "gomedic lab: " + f.Name }

// armed says that the illness has begun.
var armed atomic.Bool

// Armed tells whoever started the program that the illness begins now, once. A
// fault calls it on the UI goroutine, right before the statement that makes it
// ill, or each time before it.
func Armed() {
	if armed.CompareAndSwap(false, true) {
		os.Stdout.WriteString("armed\n")
	}
}
