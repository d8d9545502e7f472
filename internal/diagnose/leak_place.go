package diagnose

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/toolkit"
)

// where is the user's own frame nearest to the trouble: the line that allocates
// what piles up, else the last line of the user's on the chain, else the name of
// what holds it.
func (c *leakCase) where(l *leak) *report.Place {
	s := l.s
	if b := s.Blocked; b != nil { // where they wait says more than where a stack was allocated
		if f := userFrame(b.Stack); f != nil {
			return place(c.t, f, nil)
		}
		if b.Created != nil && b.Created.Origin == evidence.OriginUser {
			return place(c.t, b.Created, nil)
		}
	}
	if s.Queue != nil {
		if f := userFrame(s.Queue.Runner); f != nil {
			return place(c.t, f, nil)
		}
	}
	if f := userFrame(s.Site); f != nil {
		return place(c.t, f, nil)
	}
	if s.Container != nil {
		if f := firstUser(s.Container.Closures); f != nil {
			p := place(c.t, f, nil)
			p.Function = enclosing(p.Function) // which makes it, at the line where it begins
			return p
		}
	}
	for i := len(l.links) - 1; i >= 0; i-- {
		if link := &l.links[i]; link.Frame != nil && link.Frame.Origin == evidence.OriginUser {
			p := place(c.t, link.Frame, nil)
			p.Goroutine = link.Goroutine
			return p
		}
	}
	if s.Blocked != nil && len(s.Blocked.Stack) > 0 {
		return placeOfLibrary(c.t, s.Blocked.Stack)
	}
	return &report.Place{Function: c.holder(l)}
}

// enclosing is the function in which a closure is written: "a.card" of "a.card.func1",
// "a.f.func1" of "a.f.func1.2". Of another function it is the function itself.
func enclosing(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	dot := strings.IndexByte(function[slash:], '.')
	if dot < 0 || strings.Contains(function[slash:], "[") || strings.Contains(function[slash:], "..") {
		return function
	}
	head := function[:slash+dot+1]
	parts := strings.Split(strings.TrimSuffix(function[len(head):], "-fm"), ".")
	if strings.HasPrefix(parts[0], "(") && len(parts) > 1 { // a receiver
		head += parts[0] + "."
		parts = parts[1:]
	}
	closure := func(s string) bool {
		s = strings.TrimPrefix(s, "func")
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	if n := len(parts); n > 1 && parts[0] != "" && closure(parts[n-1]) {
		parts = parts[:n-1]
	}
	return head + strings.Join(parts, ".")
}

// placeOfLibrary is the first frame that is not the runtime's.
func placeOfLibrary(t *evidence.Target, frames []evidence.Frame) *report.Place {
	for i := range frames {
		if frames[i].Origin != evidence.OriginRuntime {
			return place(t, &frames[i], nil)
		}
	}
	return place(t, &frames[0], nil)
}

// userFrame is the user's own frame of a stack that is nearest to its end; nil:
// it has none.
func userFrame(frames []evidence.Frame) *evidence.Frame {
	if at := toolkit.UserFrame(frames); at >= 0 && frames[at].Origin == evidence.OriginUser {
		return &frames[at]
	}
	return firstUser(frames)
}

func firstUser(frames []evidence.Frame) *evidence.Frame {
	for i := range frames {
		if frames[i].Origin == evidence.OriginUser {
			return &frames[i]
		}
	}
	return nil
}

// holder names who holds the objects, as a person would point at it: the user's
// variable or field that refers to them ("main.cache", "main.Store.seen"), else
// the root.
func (c *leakCase) holder(l *leak) string {
	at := -1
	for i, is := range l.suspect {
		if is && (at < 0 || l.links[i].Origin == evidence.OriginUser || l.links[i].Kind == evidence.LinkGlobal) {
			at = i
		}
	}
	if at < 0 {
		at = 0
	}
	// An element of a container is reached by what refers to the container.
	for ; at > 0; at-- {
		if name := refName(&l.links[at]); name != "" {
			return name
		}
	}
	if len(l.links) > 0 {
		r := &l.links[0]
		theirs := r.Origin == evidence.OriginStd || r.Origin == evidence.OriginRuntime // nobody can mend time.sendTime
		if name := refName(r); name != "" && (!theirs || r.Kind == evidence.LinkGlobal) {
			return name
		}
	}
	return cmp.Or(l.s.Type, "?")
}

// name is the holder as a person reads it, without import paths.
func (c *leakCase) name(l *leak) string { return report.ShortType(c.holder(l)) }

// owner names the last variable, or field, of the user's own on the way to the
// objects: of a list inside of the toolkit, whose list it is.
func (c *leakCase) owner(l *leak) string {
	for i := len(l.links) - 2; i >= 0; i-- {
		if link := &l.links[i]; link.Origin == evidence.OriginUser && link.Kind != evidence.LinkClosure {
			if name := refName(link); name != "" {
				return name
			}
		}
	}
	return c.holder(l)
}

// refName names the reference of a link: a variable, a field of a type, what a
// closure captured. A mere element has no name.
func refName(l *evidence.HeapLink) string {
	field := ""
	if strings.HasPrefix(l.Ref, ".") {
		field, _, _ = strings.Cut(l.Ref, "[")
	}
	switch l.Kind {
	case evidence.LinkGlobal, evidence.LinkStack, evidence.LinkRegister, evidence.LinkClosure:
		if l.Name != "" {
			return l.Name + field
		}
	case evidence.LinkMap, evidence.LinkSlice, evidence.LinkChan, evidence.LinkString:
		return ""
	}
	if field != "" && l.Type != "" {
		return strings.TrimPrefix(l.Type, "*") + field
	}
	if l.Name != "" {
		return l.Name
	}
	return ""
}

func hexAddr(a uint64) string { return "0x" + strconv.FormatUint(a, 16) }
