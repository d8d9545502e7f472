package watching

import (
	"strings"

	"github.com/gomedic/gomedic/internal/evidence"
)

// library is what is known of a watcher library.
type library struct {
	kind  string   // one of evidence.Lib…
	paths []string // import paths; a major version may follow
	file  string   // of trial/: how it is used there
	in    string   // the import path that this file has
	// adds are the functions that begin to watch: their names, and what they watch
	// where that is certain.
	adds map[string]string
	// arg is the index of the path among the arguments; -1: the last ones.
	arg map[string]int
	// events are its names for what happened.
	events map[string][]string
	// recursive: it watches what lies below, and what appears there, by itself.
	recursive bool
	polls     bool
}

var everyEvent = []string{evidence.WatchCreate, evidence.WatchRemove, evidence.WatchRename, evidence.WatchWrite}

var libraries = []*library{
	{
		kind: evidence.LibFsnotify, file: "fsnotify.go", in: "github.com/fsnotify/fsnotify",
		paths: []string{"github.com/fsnotify/fsnotify", "gopkg.in/fsnotify.v1", "gopkg.in/fsnotify/fsnotify.v1", "github.com/go-fsnotify/fsnotify"},
		adds:  map[string]string{"Add": "", "AddWith": ""},
		events: map[string][]string{"Create": {evidence.WatchCreate}, "Write": {evidence.WatchWrite}, "Remove": {evidence.WatchRemove},
			"Rename": {evidence.WatchRename}, "Chmod": {evidence.WatchChmod}},
	},
	{
		kind: evidence.LibNotify, file: "notify.go.txt", in: "github.com/rjeczalik/notify",
		paths: []string{"github.com/rjeczalik/notify"},
		adds:  map[string]string{"Watch": ""},
		events: map[string][]string{"Create": {evidence.WatchCreate}, "Write": {evidence.WatchWrite}, "Remove": {evidence.WatchRemove},
			"Rename": {evidence.WatchRename}, "All": everyEvent, "InCloseWrite": {evidence.WatchClosed}, "InMovedTo": {evidence.WatchMoved},
			"InModify": {evidence.WatchWrite}, "InCreate": {evidence.WatchCreate}, "InDelete": {evidence.WatchRemove},
			"InMovedFrom": {evidence.WatchRename}},
	},
	{
		kind: evidence.LibGonotify, file: "gonotify.go.txt", in: "github.com/illarion/gonotify/v3",
		paths: []string{"github.com/illarion/gonotify"},
		adds:  map[string]string{"NewFileWatcher": evidence.WatchesFile, "NewDirWatcher": evidence.WatchesTree, "AddWatch": ""},
		arg:   map[string]int{"NewFileWatcher": -1, "NewDirWatcher": -1},
		events: map[string][]string{"IN_CREATE": {evidence.WatchCreate}, "IN_MODIFY": {evidence.WatchWrite}, "IN_DELETE": {evidence.WatchRemove},
			"IN_MOVED_FROM": {evidence.WatchRename}, "IN_MOVE": {evidence.WatchRename, evidence.WatchMoved}, "IN_ATTRIB": {evidence.WatchChmod},
			"IN_CLOSE_WRITE": {evidence.WatchClosed}, "IN_CLOSE": {evidence.WatchClosed}, "IN_MOVED_TO": {evidence.WatchMoved},
			"IN_ALL_EVENTS": append([]string{evidence.WatchClosed, evidence.WatchMoved}, everyEvent...)},
		recursive: true,
	},
	{
		kind: evidence.LibRadovskyb, file: "watcher.go.txt", in: "github.com/radovskyb/watcher",
		paths: []string{"github.com/radovskyb/watcher"},
		adds:  map[string]string{"Add": "", "AddRecursive": evidence.WatchesTree},
		events: map[string][]string{"Create": {evidence.WatchCreate}, "Write": {evidence.WatchWrite}, "Remove": {evidence.WatchRemove},
			"Rename": {evidence.WatchRename}, "Move": {evidence.WatchRename}, "Chmod": {evidence.WatchChmod}},
		recursive: true, polls: true,
	},
	{
		kind: evidence.LibOurs, file: "ours.go.txt", in: "github.com/gomedic/gomedic/reload/watch",
		paths: []string{"github.com/gomedic/gomedic/reload/watch"},
		adds:  map[string]string{"New": evidence.WatchesTree},
		// It tells of whole files, whatever happened.
		recursive: true,
	},
}

// libraryOf returns the library that an import path names; nil: none.
func libraryOf(path string) *library {
	if i := strings.LastIndex(path, "/vendor/"); i >= 0 {
		path = path[i+len("/vendor/"):]
	}
	for _, l := range libraries {
		for _, p := range l.paths {
			if rest, ok := strings.CutPrefix(path, p); ok && (rest == "" || isMajor(rest)) {
				return l
			}
		}
	}
	return nil
}

// isMajor: "/v3".
func isMajor(s string) bool {
	digits, ok := strings.CutPrefix(s, "/v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}
