package reload

import (
	"context"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
)

func TestPackageOf(t *testing.T) {
	if got := packageOf(TestPackageOf); got != thisPackage {
		t.Errorf("%q, want %q", got, thisPackage)
	}
	if got := packageOf(func() {}); got != thisPackage {
		t.Errorf("of a closure %q", got)
	}
}

// startsWithoutLabels starts a goroutine that waits for what nobody has.
func startsWithoutLabels() {
	started := make(chan struct{})
	go func() {
		close(started)
		<-make(chan int)
	}()
	<-started
}

// With GOEXPERIMENT=goroutineleakprofile what nothing can wake is told, also what was
// started without a scope.
func TestWhatNothingCanWake(t *testing.T) {
	if pprof.Lookup("goroutineleak") == nil {
		t.Skip("this program has no profile of that name")
	}
	s := testScope(t, nil)
	var started sync.WaitGroup
	started.Add(2)
	s.Go(func(context.Context) { started.Done(); <-make(chan int) })
	open := make(chan struct{})
	s.Go(func(context.Context) { started.Done(); <-open })
	started.Wait()
	startsWithoutLabels()
	left := s.withBlocked(s.End(0), thisPackage)
	close(open)
	byScope, byNobody := 0, 0
	for _, l := range left {
		switch {
		case l.Start != "" && l.Blocked && strings.HasSuffix(l.String(), "and nothing can wake it"):
			byScope++
		case l.Start == "" && strings.Contains(l.String(), "startsWithoutLabels"):
			byNobody++
		}
	}
	if byScope != 1 || byNobody != 1 {
		t.Errorf("%d, %d: %v", byScope, byNobody, left)
	}
	if more := s.withBlocked(nil, ""); len(more) != 0 {
		t.Errorf("of other packages: %v", more)
	}
}
