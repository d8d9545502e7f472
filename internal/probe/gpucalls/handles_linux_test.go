package gpucalls_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/house/running"
	"github.com/gomedic/gomedic/internal/probe/gpucalls"
	"github.com/gomedic/gomedic/internal/probe/gpucalls/pairs"
)

// What is made and destroyed is counted in each of the ways in which handles are passed,
// in a shared library and in C that is a part of the program, with the function of Go.
func TestHandles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	prog := running.Start(t, exec.Command(compiled(t, "handles")))
	if prog.Lines.Scan(); prog.Lines.Text() != "ready" {
		t.Fatal(prog.Lines.Text())
	}
	ctx, target := watched(t, prog, "done 50")
	own, err := pairs.Table(strings.NewReader("thing_open(&2) -> thing_close(*1)\nnames_make(2[]) -> names_end(2[])\nbad_open -> bad_close(3)\nown_open -> fclose\nint_open -> int_close\nnowhere -> thing_close"))
	if err != nil {
		t.Fatal(err)
	}
	ev, limits, err := gpucalls.Handles(ctx, target, time.Minute, pairs.Join(pairs.Builtin(), own), "native")
	if err != nil || ev == nil || len(limits) > 0 || ev.Lost != 0 || len(ev.Dropped) != 0 {
		t.Fatalf("%+v, %v, %v", ev, limits, err)
	}
	for _, name := range []string{"fopen", "fclose", "thing_open", "thing_close", "names_end", "bad_open"} {
		if !slices.Contains(ev.Functions, name) {
			t.Errorf("%s was not watched: %v", name, ev.Functions)
		}
	}
	got := map[string]evidence.GPUObject{}
	for _, o := range ev.Objects {
		if o.Stack >= 0 && o.Place >= 0 {
			key := o.Function + " " + o.Destroyer + " " + ev.Stacks[o.Stack][o.Place].Function
			was := got[key] // at another line
			o.Made, o.Destroyed, o.Growth[7] = o.Made+was.Made, o.Destroyed+was.Destroyed, o.Growth[7]+was.Growth[7]
			got[key] = o
		}
	}
	for key, want := range map[string][2]int{
		"fopen fclose main.keepsFile":              {50, 0},
		"fopen fclose main.usesFile":               {50, 50},
		"thing_open thing_close main.keepsThing":   {50, 0},
		"thing_open thing_close main.usesThing":    {50, 50},
		"thing_open thing_close main.failsThing":   {0, 0},
		"names_make names_end main.keepsNames":     {250, 100},
		"timer_create timer_delete main.usesTimer": {50, 50},
		"own_open fclose main.usesOwn":             {50, 50},
		"int_open int_close main.triesBad":         {50, 50},
		"bad_open bad_close main.triesBad":         {50, 50},
	} {
		if o, seen := got[key]; !seen || o.Made != want[0] || o.Destroyed != want[1] || o.Growth[7] != want[0]-want[1] {
			t.Errorf("%s: %d made, %d destroyed, growth %v, want %v", key, o.Made, o.Destroyed, o.Growth, want)
		}
	}
}
