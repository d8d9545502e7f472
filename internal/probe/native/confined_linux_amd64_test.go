package native_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gomedic/gomedic/internal/probe/native"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// A program that would be ended for a call of gomedic's is not: no call is made in it,
// which is said, and it is examined nevertheless.
func TestConfined(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this user may set no probes")
	}
	for _, c := range []struct {
		name  string
		o     native.Options
		limit []string
	}{
		{"default", native.Options{For: 2 * time.Second}, []string{"native-confined"}},
		{"exact", native.Options{For: 2 * time.Second, Exact: true}, []string{"native-confined", "native-confined-exact"}},
		{"snapshot", native.Options{Snapshot: true}, []string{"native-confined"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := start(t, build(t, "confined"))
			res := run(t, a, c.o)
			if !a.Process.Alive() {
				t.Fatal("the program has ended")
			}
			for _, name := range c.limit {
				if !says(res.Limits, text.T("limit."+name+".why").In(text.English)) {
					t.Errorf("%s is not among the limits", name)
				}
			}
			n := &res.Native
			if len(n.Looks) == 0 || n.Looks[len(n.Looks)-1].Lost == 0 {
				t.Errorf("the looks: %+v", n.Looks)
			}
			if c.o.Snapshot {
				return
			}
			if loses := of(n, "main.loses"); loses.Left < 3 || loses.Lost < loses.Left*9/10 || loses.Freed != 0 {
				t.Errorf("of %d left, %d are lost, %d were freed", loses.Left, loses.Lost, loses.Freed)
			}
		})
	}
}

func says(limits []report.Limit, why string) bool {
	for _, l := range limits {
		if strings.Contains(l.Why.In(text.English), why) {
			return true
		}
	}
	return false
}
