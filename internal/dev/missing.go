package dev

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// noCompiler is how the go command says that there is no C compiler.
var noCompiler = regexp.MustCompile(`C compiler "([^"]+)" not found`)

// noPlugins says why code cannot be loaded into the program, which says why itself. Where
// the go command left cgo out as there is no C compiler, that is the reason.
func (s *session) noPlugins(why string) text.Text {
	if cc, lacks := lacksCompiler(append(os.Environ(), s.o.Env...)); lacks {
		return text.T("dev.both", text.T("reload.build.compiler", cc), text.T("reload.build.compiler.do"))
	}
	return text.T("dev.no-load", why)
}

// lacksCompiler reports whether the go command leaves cgo out because there is no C
// compiler, and which it looks for. Nobody has said that cgo is not wanted.
func lacksCompiler(env []string) (cc string, lacks bool) {
	value := func(name string) string {
		for _, e := range slices.Backward(env) {
			if v, ok := strings.CutPrefix(e, name+"="); ok {
				return v
			}
		}
		return ""
	}
	if value("CGO_ENABLED") != "" || runtime.GOOS == "windows" {
		return "", false
	}
	cc, _, _ = strings.Cut(value("CC"), " ")
	if cc == "" {
		cc = map[bool]string{true: "clang", false: "gcc"}[runtime.GOOS == "darwin" || runtime.GOOS == "freebsd"]
	}
	_, err := exec.LookPath(cc)
	return cc, err != nil
}

// withHint is what the go command said, and what to do where that is known.
func withHint(said error) *text.Text {
	if m := noCompiler.FindStringSubmatch(said.Error()); m != nil {
		t := text.T("dev.both", text.T("reload.build.compiler", m[1]), text.T("dev.no-cc.do"))
		return &t
	}
	return literal(said)
}

// blind lets the program run on, once nothing can be watched any more, until it ends or
// somebody ends it: its state is worth more than the next change.
func (s *session) blind(ctx context.Context, why error) error {
	if !s.runs() {
		return why
	}
	s.o.Say(text.T("dev.blind", why.Error()))
	select {
	case <-ctx.Done():
	case <-s.p.exited:
	}
	return why
}
