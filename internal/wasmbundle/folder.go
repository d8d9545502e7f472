package wasmbundle

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// listName is the file that says which files of a folder a bundle brought.
const listName = "gomedic-bundle.json"

// list is what that file holds: of each file its SHA-256.
type list struct {
	Format string            `json:"format"` // "gomedic.wasm-bundle"
	Files  map[string]string `json:"files"`
}

const listFormat = "gomedic.wasm-bundle"

// FolderError says why a folder is not written to.
type FolderError struct {
	Reason FolderReason
	Path   string // the folder, or the file in it
	Err    error  // may be nil
}

// FolderReason is why.
type FolderReason string

// The reasons.
const (
	NoFolder   FolderReason = "none"    // none was named
	NotAFolder FolderReason = "file"    // it is a file
	Others     FolderReason = "others"  // it holds files that no bundle brought
	Changed    FolderReason = "changed" // a file of an earlier bundle was edited
	Unwritable FolderReason = "unwritable"
)

func (e *FolderError) Error() string {
	s := string(e.Reason) + ": " + e.Path
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *FolderError) Unwrap() error { return e.Err }

// folder is the folder that the bundle goes to.
type folder struct {
	path  string
	made  bool // by openFolder, so that it can go again
	force bool
	old   map[string]string // files of the bundle before, with their sums
}

// openFolder makes the folder, or sees that nothing in it would be lost.
func openFolder(path string, force bool) (*folder, error) {
	if path == "" {
		return nil, &FolderError{Reason: NoFolder}
	}
	f := &folder{path: path, force: force, old: map[string]string{}}
	switch st, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(path, 0o755); err != nil {
			return nil, &FolderError{Unwritable, path, err}
		}
		f.made = true
		return f, nil
	case err != nil:
		return nil, &FolderError{Unwritable, path, err}
	case !st.IsDir():
		return nil, &FolderError{Reason: NotAFolder, Path: path}
	}
	if b, err := os.ReadFile(filepath.Join(path, listName)); err == nil {
		var l list
		if json.Unmarshal(b, &l) == nil && l.Format == listFormat {
			for name, sum := range l.Files {
				if filepath.IsLocal(name) && filepath.Base(name) == name {
					f.old[name] = sum
				}
			}
		}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, &FolderError{Unwritable, path, err}
	}
	for _, e := range entries {
		if force || e.Name() == listName && len(f.old) > 0 {
			continue
		}
		file := filepath.Join(path, e.Name())
		sum, ours := f.old[e.Name()]
		if !ours {
			return nil, &FolderError{Reason: Others, Path: file}
		}
		if b, err := os.ReadFile(file); err != nil || hex.EncodeToString(sum256(b)) != sum {
			return nil, &FolderError{Changed, file, err}
		}
	}
	return f, nil
}

// write writes the files, each whole or not at all, the page last: whoever loads the
// page meanwhile finds what it names. Files of the bundle before that are no more are
// removed.
func (f *folder) write(files []file) error {
	l := list{Format: listFormat, Files: map[string]string{}}
	var page []file
	for _, file := range files {
		l.Files[file.name] = hex.EncodeToString(sum256(file.bytes))
		if file.name == pageName || file.name == pageName+".gz" || file.name == pageName+".br" {
			page = append(page, file)
			continue
		}
		if err := f.put(file.name, file.bytes); err != nil {
			return err
		}
	}
	for _, file := range page {
		if err := f.put(file.name, file.bytes); err != nil {
			return err
		}
	}
	for name := range f.old {
		if _, stays := l.Files[name]; !stays {
			os.Remove(filepath.Join(f.path, name)) // another bundle's; what cannot go does no harm
		}
	}
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	f.made = false
	return f.put(listName, append(b, '\n'))
}

// put writes a file beside its place and renames it.
func (f *folder) put(name string, b []byte) error {
	fail := func(err error) error { return &FolderError{Unwritable, filepath.Join(f.path, name), err} }
	t, err := os.CreateTemp(f.path, ".gomedic-")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(t.Name()) // nothing, once it is renamed
	_, err = t.Write(b)
	if err = errors.Join(err, t.Chmod(0o644), t.Close()); err != nil {
		return fail(err)
	}
	f.made = false
	if err := os.Rename(t.Name(), filepath.Join(f.path, name)); err != nil {
		return fail(err)
	}
	return nil
}

// discard removes a folder that was made for nothing.
func (f *folder) discard() {
	if f.made {
		os.Remove(f.path)
	}
}

func sum256(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func (f *file) sum256() []byte { return sum256(f.bytes) }

func compare(a, b string) int { return cmp.Compare(a, b) }
