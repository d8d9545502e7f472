// Package lab runs the small sick programs of lab/ and compares what gomedic
// says about each with what must come out.
//
// It knows the programs only by their folder, their source's table of faults and
// their command line, and gomedic only as a command that prints a report as
// JSON: the score measures what a user gets. It imports no toolkit; the programs
// are their own module. Start at [Read], [Runner] and [Judge].
package lab

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strconv"
)

// Fault is one illness and what must be found, as lab/harness declares it.
type Fault struct {
	Name      string   `json:"name"`
	Toolkit   string   `json:"toolkit,omitempty"`
	Illness   string   `json:"illness"`
	Leak      bool     `json:"leak,omitempty"`       // gomedic leak must find it, not gomedic check
	Native    bool     `json:"native,omitempty"`     // gomedic native must find it
	Started   bool     `json:"started,omitempty"`    // gomedic native --gpu must find it, in a program that it starts
	Healthy   bool     `json:"healthy,omitempty"`    // no P0 or P1 may come; from gomedic leak and native, nothing above info
	ID        []string `json:"id,omitempty"`         // accepted finding ids
	Where     []string `json:"where,omitempty"`      // accepted functions; empty: not judged
	Blocker   []string `json:"blocker,omitempty"`    // accepted functions; empty: not judged
	NoBlocker bool     `json:"no_blocker,omitempty"` // nobody may be blamed
	Chain     []string `json:"chain,omitempty"`      // functions, of a leak also fields and types, that the chain must pass, in this order
	Global    string   `json:"global,omitempty"`     // the variable in which a leak's chain must begin; empty: not judged
	Type      []string `json:"type,omitempty"`       // accepted types of what leaks; empty: not judged
	Short     bool     `json:"short,omitempty"`      // part of the short score
	Probes    bool     `json:"probes,omitempty"`     // can only be told where BPF probes may be set

	// Program is the folder of the program that has the fault, such as "fyne" or
	// "published/fyne23".
	Program string `json:"-"`
}

// Command is the command of gomedic that must find the fault.
func (f Fault) Command() string {
	switch {
	case f.Leak:
		return "leak"
	case f.Native, f.Started:
		return "native"
	}
	return "check"
}

// compared: gomedic compares looks at memory, which takes longer; every finding above
// info on a healthy program is false.
func (f Fault) compared() bool { return f.Leak || f.Native }

// FindDir returns the lab's folder: dir where it is given, else the nearest
// folder lab/ with a go.mod, from the working directory upwards.
func FindDir(dir string) (string, error) {
	if dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			return "", err
		}
		return filepath.Abs(dir)
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		lab := filepath.Join(at, "lab")
		if _, err := os.Stat(filepath.Join(lab, "go.mod")); err == nil {
			return lab, nil
		}
		up := filepath.Dir(at)
		if up == at {
			return "", fmt.Errorf("lab/go.mod: %w", os.ErrNotExist)
		}
		at = up
	}
}

// Read returns the faults of all programs below dir, ordered by name: those of the
// lab's module, and those of published bugs, which are modules of their own. It reads
// them from the source, where each is one call faults.Add(harness.Fault{…}, …)
// with literal values: a program of some toolkits cannot even print its manifest
// without a display and minutes of building.
func Read(dir string) ([]Fault, error) {
	programs, err := filepath.Glob(filepath.Join(dir, "*", "main.go"))
	if err != nil {
		return nil, err
	}
	published, err := filepath.Glob(filepath.Join(dir, "published", "*", "main.go"))
	if err != nil {
		return nil, err
	}
	var faults []Fault
	for _, program := range append(programs, published...) {
		folder, err := filepath.Rel(dir, filepath.Dir(program))
		if err != nil {
			return nil, err
		}
		found, err := readProgram(dir, filepath.ToSlash(folder))
		if err != nil {
			return nil, err
		}
		faults = append(faults, found...)
	}
	sort.Slice(faults, func(i, j int) bool { return faults[i].Name < faults[j].Name })
	for i := 1; i < len(faults); i++ {
		if faults[i].Name == faults[i-1].Name {
			return nil, fmt.Errorf("two faults are named %s", faults[i].Name)
		}
	}
	return faults, nil
}

func readProgram(dir, program string) ([]Fault, error) {
	files, err := filepath.Glob(filepath.Join(dir, program, "*.go"))
	if err != nil {
		return nil, err
	}
	var faults []Fault
	var toolkit string
	set := token.NewFileSet()
	for _, path := range files {
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		var bad error
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || bad != nil {
				return bad == nil
			}
			switch {
			case isHarness(literal.Type, "Fault"):
				fault := Fault{Program: program}
				if bad = fault.set(literal); bad != nil {
					bad = fmt.Errorf("%s: %w", set.Position(literal.Pos()), bad)
				}
				faults = append(faults, fault)
			case isHarness(literal.Type, "Table"):
				for _, element := range literal.Elts {
					if pair, ok := element.(*ast.KeyValueExpr); ok {
						toolkit, _ = stringOf(pair.Value)
					}
				}
			}
			return true
		})
		if bad != nil {
			return nil, bad
		}
	}
	for i := range faults {
		faults[i].Toolkit = toolkit
	}
	return faults, nil
}

// isHarness reports whether t is harness.NAME or harness.NAME[T].
func isHarness(t ast.Expr, name string) bool {
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	selector, ok := t.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && pkg.Name == "harness"
}

// set fills f from the literal harness.Fault{…}.
func (f *Fault) set(literal *ast.CompositeLit) error {
	texts := map[string]*string{"Name": &f.Name, "Illness": &f.Illness, "Global": &f.Global}
	flags := map[string]*bool{"Leak": &f.Leak, "Native": &f.Native, "Started": &f.Started, "Healthy": &f.Healthy, "NoBlocker": &f.NoBlocker, "Short": &f.Short, "Probes": &f.Probes}
	lists := map[string]*[]string{"ID": &f.ID, "Where": &f.Where, "Blocker": &f.Blocker, "Chain": &f.Chain, "Type": &f.Type}
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return fmt.Errorf("a fault's fields need their names")
		}
		key := fmt.Sprint(pair.Key)
		okValue := false
		if to := texts[key]; to != nil {
			*to, okValue = stringOf(pair.Value)
		} else if to := flags[key]; to != nil {
			name, ok := pair.Value.(*ast.Ident)
			okValue = ok && (name.Name == "true" || name.Name == "false")
			*to = okValue && name.Name == "true"
		} else if to := lists[key]; to != nil {
			*to, okValue = stringsOf(pair.Value)
		}
		if !okValue {
			return fmt.Errorf("field %s of a fault must be known and have a literal value", key)
		}
	}
	return nil
}

func stringOf(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(literal.Value)
	return s, err == nil
}

func stringsOf(e ast.Expr) ([]string, bool) {
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	all := make([]string, 0, len(literal.Elts))
	for _, element := range literal.Elts {
		s, ok := stringOf(element)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}
