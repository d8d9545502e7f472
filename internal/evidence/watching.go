package evidence

import "time"

// Watching is the evidence about how a project watches files: what its source does
// with each of its watcher libraries, and what came of that when files were saved.
type Watching struct {
	Took time.Duration `json:"took"`
	Uses []WatchUse    `json:"uses,omitempty"`
}

// Library kinds: how a watcher library tells of changes.
const (
	LibFsnotify  = "fsnotify"
	LibNotify    = "notify"       // github.com/rjeczalik/notify
	LibGonotify  = "gonotify"     // github.com/illarion/gonotify
	LibRadovskyb = "watcher"      // github.com/radovskyb/watcher, which polls
	LibOurs      = "reload/watch" // gomedic's own
)

// WatchUse is how one library is used. Where the source did not say, Assumed names
// what was taken instead: the library's usual way.
type WatchUse struct {
	Library string `json:"library"`           // one of Lib…
	Path    string `json:"path"`              // the import path
	Version string `json:"version,omitempty"` // of the module
	Via     string `json:"via,omitempty"`     // the package of another module that wraps it

	Adds   []WatchAdd `json:"adds,omitempty"`
	Events []string   `json:"events,omitempty"` // that it acts on, one of Watch…; sorted
	Acts   *Frame     `json:"acts,omitempty"`   // where it does
	Reads  *Frame     `json:"reads,omitempty"`  // where it takes the events

	Wait     time.Duration `json:"wait,omitempty"`      // from an event to the load; 0: none
	WaitKind string        `json:"wait_kind,omitempty"` // one of Wait…
	Waits    *Frame        `json:"waits,omitempty"`

	ErrorsRead bool   `json:"errors_read,omitempty"`
	Errors     *Frame `json:"errors,omitempty"`
	Overflow   bool   `json:"overflow,omitempty"`  // it asks whether events were lost
	NewDirs    bool   `json:"new_dirs,omitempty"`  // it watches directories that appear …
	NewFiles   bool   `json:"new_files,omitempty"` // … and looks at the files already in them
	NewAt      *Frame `json:"new_at,omitempty"`
	Readds     bool   `json:"readds,omitempty"` // it watches a file again that was removed or renamed
	Aside      bool   `json:"aside,omitempty"`  // … in a goroutine of its own
	ReaddAt    *Frame `json:"readd_at,omitempty"`
	OneFile    bool   `json:"one_file,omitempty"`  // it cares for one name only
	Hashes     bool   `json:"hashes,omitempty"`    // it compares contents
	Sets       bool   `json:"sets,omitempty"`      // reload/watch: it declares files that belong together
	Recursive  bool   `json:"recursive,omitempty"` // the library itself watches what lies below
	Buffer     int    `json:"buffer,omitempty"`    // of the channel of events, where the project makes it

	Assumed []string     `json:"assumed,omitempty"` // one of Assumed…
	Trials  []WatchTrial `json:"trials,omitempty"`
	Broken  string       `json:"broken,omitempty"` // why the trials could not be made, or ended early
}

// What a project may act on. A library that cannot tell some of them apart, or never
// tells them, has fewer.
const (
	WatchCreate = "create"
	WatchWrite  = "write"
	WatchRemove = "remove"
	WatchRename = "rename"
	WatchChmod  = "chmod"
	WatchClosed = "close-write"
	WatchMoved  = "moved-to"
)

// How a project waits before it loads.
const (
	WaitQuiet = "quiet" // until nothing has come for so long
	WaitSleep = "sleep" // a fixed time after the first event
	WaitSkip  = "skip"  // it does not wait, and drops what comes within the time
	WaitPoll  = "poll"  // the library itself looks every so often
)

// What was not found in the source.
const (
	AssumedTarget = "target" // whether files or directories are watched: directories
	AssumedEvents = "events" // which events count: all
	AssumedWait   = "wait"   // how long it waits, though it does: 100 ms
)

// What is watched.
const (
	WatchesFile    = "file"
	WatchesDir     = "directory"
	WatchesTree    = "tree" // a directory and all below it
	WatchesUnknown = "unknown"
)

// WatchAdd is a place that asks to watch a path.
type WatchAdd struct {
	Frame
	What  string `json:"what"`            // one of Watches…
	Again bool   `json:"again,omitempty"` // as an answer to an event
}

// The trials.
const (
	TrialSlow     = "slow-save"   // a save in pieces
	TrialWrite    = "write-file"  // os.WriteFile
	TrialRename   = "rename-save" // written beside it and renamed over it
	TrialVim      = "vim-save"    // renamed to a backup, written anew, the backup removed
	TrialNewDirs  = "new-dirs"    // directories that appear with a file in each
	TrialOverflow = "overflow"    // more files than the queue holds, while the program is busy
	TrialSet      = "set"         // two files that belong together
)

// WatchTrial is what came of saves of one kind. A load is one reading of what is to be
// reloaded, as an answer to events.
type WatchTrial struct {
	Case     string        `json:"case"`
	What     string        `json:"what"`          // one of Watches…
	Gap      time.Duration `json:"gap,omitempty"` // between the pieces, or between the two files
	Saves    int           `json:"saves"`         // files written, of TrialNewDirs and TrialOverflow
	Loads    int           `json:"loads"`
	Whole    int           `json:"whole"`
	Empty    int           `json:"empty,omitempty"`
	Partial  int           `json:"partial,omitempty"`
	Torn     int           `json:"torn,omitempty"`
	Missed   int           `json:"missed,omitempty"`   // saves whose content was not loaded in the end
	Overflow bool          `json:"overflow,omitempty"` // the library said that events were lost
	Stuck    bool          `json:"stuck,omitempty"`    // it told of nothing any more
}
