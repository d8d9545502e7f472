package lab

import (
	"regexp"
	"slices"

	"github.com/gomedic/gomedic/internal/report"
	"github.com/gomedic/gomedic/internal/text"
)

// Choose finds the lab's folder, by dir or near the working directory, and
// reads its faults; only, if not empty, is a regular expression for their names.
func Choose(lang text.Lang, dir, only string) (string, []Fault, error) {
	found, err := FindDir(dir)
	if err != nil {
		return "", nil, fail(lang, err, "fail.dir", nil)
	}
	pattern, err := regexp.Compile(only)
	if err != nil {
		return "", nil, report.Fail(nil, text.Literal("--only: "+err.Error()), text.Literal(Say(lang, "flag.only.hint")))
	}
	faults, err := Read(found)
	if err != nil {
		return "", nil, fail(lang, err, "fail.source", nil)
	}
	return found, slices.DeleteFunc(faults, func(f Fault) bool { return !pattern.MatchString(f.Name) }), nil
}

// UnknownFault says that no fault has this name.
func UnknownFault(lang text.Lang, name string) error {
	return fail(lang, nil, "fail.name", nil, name)
}
