package assets

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// Extract writes what is embedded into a folder, which must be empty or not be there.
// Names never lead out of it: the folder is opened as a root (os.Root), and what a name
// has that a file must not is replaced.
func (r *Result) Extract(dir string) (n int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	if entries, err := os.ReadDir(dir); err != nil {
		return 0, err
	} else if len(entries) > 0 {
		return 0, errors.New("it is not empty")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	taken := map[string]bool{}
	for i := range r.list {
		c := &r.list[i]
		if c.Kind == evidence.AssetFile {
			continue
		}
		data, err := c.bytes()
		if err != nil {
			continue
		}
		name := outName(c)
		ext := path.Ext(name)
		for k := 1; taken[strings.ToLower(name)]; k++ {
			name = fmt.Sprintf("%s~%d%s", strings.TrimSuffix(outName(c), ext), k, ext)
		}
		taken[strings.ToLower(name)] = true
		if d := path.Dir(name); d != "." {
			if err := root.MkdirAll(d, 0o755); err != nil {
				return n, err
			}
		}
		f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return n, err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// endings are those of resources without a name.
var endings = map[string]string{"jpeg": "jpg"}

// outName is the name under which a resource is written, below the folder of its kind.
func outName(c *content) string {
	name := c.Name
	if !c.Named {
		ext := c.Format
		if e, ok := endings[ext]; ok {
			ext = e
		}
		name = strings.NewReplacer("/", "_", "@", "_").Replace(name) + "." + ext
	}
	folder := "bytes"
	switch c.Kind {
	case evidence.AssetEmbedFS:
		folder = "embed"
		if c.In != "" {
			folder += "/" + safe(strings.ReplaceAll(c.In, "/", "_"))
		}
	case evidence.AssetFyne, evidence.AssetWindows:
		folder = c.Kind
	}
	var parts []string
	for _, p := range strings.Split(strings.ReplaceAll(name, `\`, "/"), "/") {
		if p = safe(p); p != "" && p != "." && p != ".." {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		parts = []string{"unnamed"}
	}
	return folder + "/" + strings.Join(parts, "/")
}

// safe is a name that any file system takes.
func safe(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(s, "_"))
	const longest = 120
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest/2], "") + "~" + strings.ToValidUTF8(s[len(s)-longest/2:], "")
	}
	return s
}
