package lab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// stage is the place where runs happen: a display and temporary folders.
type stage struct {
	display string
	root    string // a folder of ours, removed at the end
	copied  map[string]string
}

func newStage(display string) (*stage, error) {
	root, err := os.MkdirTemp("", "gomedic-lab-")
	if err != nil {
		return nil, err
	}
	s := &stage{display: display, root: root, copied: make(map[string]string)}
	if err := os.Chmod(root, 0o755); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) close() { os.RemoveAll(s.root) }

// home returns a fresh home folder for user.
func (s *stage) home(user User) (string, error) {
	home, err := os.MkdirTemp(s.root, "home-")
	if err != nil {
		return "", err
	}
	if user == Ordinary && os.Getuid() == 0 {
		err = os.Chown(home, ordinaryUID, ordinaryUID)
	}
	return home, err
}

// environment returns the environment of a program whose home is given: our
// own, without what ties it to this session.
func (s *stage) environment(home string) []string {
	xauthority := os.Getenv("XAUTHORITY")
	if xauthority == "" {
		xauthority = filepath.Join(os.Getenv("HOME"), ".Xauthority")
	}
	env := []string{
		"HOME=" + home, "TMPDIR=" + home, "XDG_RUNTIME_DIR=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home,
		"DISPLAY=" + s.display, "XAUTHORITY=" + xauthority, "LANG=en_US.UTF-8",
	}
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "LC_"), strings.HasPrefix(name, "WAYLAND_"):
		case name == "HOME", name == "TMPDIR", name == "DISPLAY", name == "XAUTHORITY", name == "LANG", name == "LANGUAGE":
		default:
			env = append(env, v)
		}
	}
	return env
}

// reach returns a path of the file that an ordinary user can open: the path
// itself, or a copy of it.
func (s *stage) reach(path string) (string, error) {
	if open(path) {
		return path, nil
	}
	if to := s.copied[path]; to != "" {
		return to, nil
	}
	to := filepath.Join(s.root, fmt.Sprintf("%d-%s", len(s.copied), filepath.Base(path)))
	if err := copyFile(to, path); err != nil {
		return "", err
	}
	s.copied[path] = to
	return to, nil
}

// open reports whether everybody may read and run the file and pass the
// folders above it.
func open(path string) bool {
	for need := os.FileMode(0o005); ; need = 0o001 {
		info, err := os.Stat(path)
		if err != nil || info.Mode()&need != need {
			return false
		}
		up := filepath.Dir(path)
		if up == path {
			return true
		}
		path = up
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	if err := out.Chmod(0o755); err != nil { // whatever the umask is
		out.Close()
		return err
	}
	return out.Close()
}
