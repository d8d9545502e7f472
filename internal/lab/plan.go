package lab

// Build is how a program was built.
type Build string

// The builds.
const (
	Plain    Build = "plain"    // as go build makes it
	Stripped Build = "stripped" // -ldflags="-s -w" -trimpath
)

// User is who runs both the program and gomedic.
type User string

// The users.
const (
	Root     User = "root"
	Ordinary User = "ordinary" // no capability; may examine its own processes only
)

// Run is one program to start and examine.
type Run struct {
	Fault Fault
	Build Build
	User  User
}

// Plan returns the runs of a score. The full score runs every fault plain and
// every other one stripped as well; half of the faults run as an ordinary user.
// The short score runs the faults marked so, once each, in turn in the four
// ways. Without root, every run is an ordinary user's. What only probes can tell is
// run by root alone, or not at all. Leaks take longer to see, so each is run once
// in a full score, too, in turn in the four ways: half of the runs are stripped.
func Plan(faults []Fault, short, root bool) []Run {
	user := func(ordinary bool) User {
		if root && !ordinary {
			return Root
		}
		return Ordinary
	}
	once := func(f Fault, n int, user func(bool) User) Run {
		build := Plain
		if n%2 == 1 {
			build = Stripped
		}
		return Run{f, build, user(n%4 == 1 || n%4 == 2)}
	}
	var runs []Run
	n, leaks := 0, 0
	for _, f := range faults {
		if f.Probes && !root {
			continue
		}
		user := user
		if f.Probes {
			user = func(bool) User { return Root }
		}
		switch {
		case short && !f.Short:
		case f.compared():
			runs = append(runs, once(f, leaks, user))
			leaks++
		case short:
			runs = append(runs, once(f, n, user))
			n++
		default:
			runs = append(runs, Run{f, Plain, user(n%2 == 1)})
			if n%2 == 0 {
				runs = append(runs, Run{f, Stripped, user(n%4 == 0)})
			}
			n++
		}
	}
	return runs
}
