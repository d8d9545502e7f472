package layout

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Every table, on every architecture and with each experiment turned around,
// has what the readers need.
func TestTablesHaveRequired(t *testing.T) {
	for _, minor := range Versions() {
		table, err := TableOf(minor)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := parseVersion(minor)
		for _, arch := range Arches() {
			if table.Experiments[arch] == nil {
				t.Errorf("%s has no %s", minor, arch)
			}
			flips := [][]string{nil}
			for name := range table.Experiments[arch] {
				flips = append(flips, []string{name})
			}
			for _, patch := range []int{0, 1000} {
				for _, flip := range flips {
					if missing := table.Layout(patch, arch, flip).Missing(v.number, arch, false); len(missing) > 0 {
						t.Errorf("%s.%d on %s %v lacks %s", minor, patch, arch, flip, strings.Join(missing, ", "))
					}
				}
			}
		}
	}
}

func TestTablesAreWhole(t *testing.T) {
	for _, minor := range Versions() {
		table, err := TableOf(minor)
		if err != nil {
			t.Fatal(err)
		}
		for _, arch := range Arches() {
			l := table.Layout(1000, arch, nil)
			if l.PtrSize != 8 || len(l.WaitReasons) < 40 || !slices.Contains(l.WaitReasons, "chan receive") {
				t.Errorf("%s %s: pointer size %d, wait reasons %q", minor, arch, l.PtrSize, l.WaitReasons)
			}
			for name, s := range l.Structs {
				for field, f := range s.Fields {
					if f.Offset < 0 || f.Size < 0 || f.Offset+f.Size > s.Size || f.Type == "" {
						t.Errorf("%s %s: %s.%s = %+v lies outside the %d bytes", minor, arch, name, field, f, s.Size)
					}
				}
			}
		}
	}
}

func TestTableText(t *testing.T) {
	size := 0
	for _, minor := range Versions() {
		text, err := tables.ReadFile("tables/" + minor + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		size += len(text)
		table, err := ReadTable(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if _, err := table.WriteTo(&again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, again.Bytes()) {
			t.Errorf("%s: reading and writing changes the table", minor)
		}
	}
	if size > 400<<10 {
		t.Errorf("the tables are %d bytes: the binary carries them", size)
	}
}

func TestReadTableErrors(t *testing.T) {
	for _, text := range []string{
		"", "version go1.26\n", "struct 8 runtime.g\n", "version go1.26\nwhen arch=amd64\nstruct x runtime.g\n",
		"version go1.26\nwhen arch=amd64\n 0 8 a b\n", "version go1.26\nwhen below=x\n", "what is this\n",
	} {
		if _, err := ReadTable(strings.NewReader(text)); err == nil {
			t.Errorf("ReadTable(%q) gives no error", text)
		}
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("version go1.26\nexperiments amd64 +a -b\nwhen arch=amd64 experiment= below=0\nptrsize 8\n" +
		"struct 16 runtime.stack\n 0 8 lo uintptr\n 8 8 +hi uintptr\nconst 1 a.b\nreason 0 \nnostruct c.d\nnoconst e.f\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadTable(strings.NewReader(text))
		if err == nil {
			table.Layout(0, "amd64", nil).Missing(26, "amd64", false)
		}
	})
}
