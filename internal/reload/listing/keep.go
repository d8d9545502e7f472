package listing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// kept is a list on disk, and what it is true for.
type kept struct {
	Packages []*Package
	// Local is a hash of the files in the folders of the module's packages.
	Local string
}

// key is a hash of what a list depends on besides the modules' own files: go.mod or
// go.work, the flags, the environment and the toolchain.
func (l *List) key(o Options) string {
	h := sha256.New()
	fmt.Fprintf(h, "2\x00%+v\x00%q\x00%q\x00%q\x00%q\x00", l.Go, o.Flags, o.Env, o.Dir, o.Main)
	for _, name := range []string{"CGO_CFLAGS", "CGO_LDFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "PKG_CONFIG_PATH"} {
		fmt.Fprintf(h, "%s\x00", os.Getenv(name))
	}
	for _, file := range []string{l.Go.GOMOD, l.Go.GOWORK} {
		if file != "" {
			hashFile(h, file)
			hashFile(h, sumOf(file))
			hashFile(h, filepath.Join(filepath.Dir(file), "vendor", "modules.txt"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hashFile adds a file's content to h; one that is not there as such.
func hashFile(h io.Writer, path string) {
	f, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(h, "no %s\x00", path)
		return
	}
	defer f.Close()
	fmt.Fprintf(h, "%s\x00", path)
	if _, err := io.Copy(h, f); err != nil {
		fmt.Fprintf(h, "unread\x00")
	}
}

// hashLocal is a hash of the files that can change what the module's packages are:
// all in their folders but those with a dot, what they embed, and what says which
// modules they need.
func hashLocal(packages []*Package) string {
	h := sha256.New()
	for _, path := range moduleFiles(packages) {
		hashFile(h, path)
	}
	for _, p := range packages {
		if !p.Local() {
			continue
		}
		var names []string
		entries, err := os.ReadDir(p.Dir)
		if err != nil {
			fmt.Fprintf(h, "no %s\x00", p.Dir)
		}
		for _, e := range entries {
			if e.Type().IsRegular() && e.Name()[0] != '.' && slices.Contains(sourceKinds, filepath.Ext(e.Name())) {
				names = append(names, e.Name())
			}
		}
		for _, name := range slices.Concat(names, p.EmbedFiles) {
			hashFile(h, filepath.Join(p.Dir, name))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sourceKinds are the endings of the files that the go command builds.
var sourceKinds = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".s", ".S", ".sx", ".syso", ".m", ".mm", ".swig", ".swigcxx", ".f", ".F", ".f90"}

// readKept returns the list that was kept for a key, or nil when there is none, the
// module's files have changed or an archive is gone from go's own cache.
func readKept(dir, key string) []*Package {
	if dir == "" {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(dir, key+".json"))
	if err != nil {
		return nil
	}
	var k kept
	if json.Unmarshal(b, &k) != nil || len(k.Packages) == 0 || k.Local != hashLocal(k.Packages) {
		return nil
	}
	for _, p := range k.Packages {
		if p.Export == "" {
			continue
		}
		if _, err := os.Stat(p.Export); err != nil {
			return nil
		}
	}
	return k.Packages
}

// keep writes a list for the next time. That it cannot is no harm: the next time
// takes longer.
func keep(dir, key string, packages []*Package) {
	if dir == "" || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	b, err := json.Marshal(kept{Packages: packages, Local: hashLocal(packages)})
	if err != nil {
		return
	}
	f, err := os.CreateTemp(dir, key+".*")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, key+".json"))
	}
	if err != nil {
		os.Remove(f.Name())
	}
}
