package watch

import "slices"

// Habits remembers which files are saved alone, and which together with others. It
// decides what no file says: whether more will come after one of them has changed. It
// is not safe for concurrent use.
type Habits struct {
	past map[string][]bool // by path: its last saves, true: together with others
}

// remembered is how many saves of a file count.
const remembered = 8

// Alone notes that a file was saved and none that belongs to it.
func (h *Habits) Alone(path string) { h.note(path, false) }

// Together notes that files were saved one after the other.
func (h *Habits) Together(paths ...string) {
	for _, p := range paths {
		h.note(p, true)
	}
}

// Corrects the last save of a file: others came after it.
func (h *Habits) correct(path string) {
	if all := h.past[path]; len(all) > 0 {
		all[len(all)-1] = true
	}
}

func (h *Habits) note(path string, together bool) {
	if h.past == nil {
		h.past = map[string][]bool{}
	}
	all := append(h.past[path], together)
	h.past[path] = all[max(0, len(all)-remembered):]
}

// Knows reports whether a file was saved before.
func (h *Habits) Knows(path string) bool { return len(h.past[path]) > 0 }

// Waits reports whether more files may come after this one: nothing is known of it, or
// one of its last saves was together with others.
func (h *Habits) Waits(path string) bool {
	all := h.past[path]
	return len(all) == 0 || slices.Contains(all, true)
}
