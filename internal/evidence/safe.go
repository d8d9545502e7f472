package evidence

// Safe is what starting a program in safe mode came to.
type Safe struct {
	Program string   `json:"program"` // its path
	Args    []string `json:"args,omitempty"`
	Ladder  []Rung   `json:"ladder"`
	Tried   []Try    `json:"tried,omitempty"`
	Worked  string   `json:"worked,omitempty"`  // the rung with which its window draws; empty: none
	Rebuild []Build  `json:"rebuild,omitempty"` // further ways, which need the program built anew
	Kept    string   `json:"kept,omitempty"`    // the folder with what the program saved in safe mode
}

// Rung is one way to start a program.
type Rung struct {
	Name    string       `json:"name"`              // "software"
	Set     []RungChange `json:"set,omitempty"`     // variables
	Unset   []RungChange `json:"unset,omitempty"`   // variables that are set, and are taken away
	Folders []RungChange `json:"folders,omitempty"` // config, cache, data: "own", "aside"
	Bare    bool         `json:"bare,omitempty"`    // of all other variables only the most needed stay
}

// RungChange is one change, and why: the key of a sentence.
type RungChange struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	Why   string `json:"why,omitempty"`
}

// What came of a try.
const (
	TryDraws    = "draws"     // a window is there, and something is in it
	TryRuns     = "runs"      // it runs and has a renderer; its window cannot be looked at
	TryPlain    = "plain"     // its window is of one colour on every rung, and it draws frames: it is left so
	TryBlank    = "blank"     // a window is there, of one colour
	TryNoWindow = "no-window" // it runs, and there is no window
	TryDied     = "died"      // it ended with an error, or by a signal, before it drew
	TryEnded    = "ended"     // it ended by itself, without an error
	TryStopped  = "stopped"   // Ctrl-C
)

// Try is one start of the program.
type Try struct {
	Rung     string          `json:"rung"`
	Outcome  string          `json:"outcome"`
	AfterMS  float64         `json:"after_ms"`         // from the start until that was known
	Exit     int             `json:"exit,omitempty"`   // its exit code
	Signal   string          `json:"signal,omitempty"` // that ended it
	Width    int             `json:"width,omitempty"`  // of its window, in pixels
	Height   int             `json:"height,omitempty"`
	Colours  int             `json:"colours,omitempty"` // different ones that were seen in it
	Frames   int             `json:"frames,omitempty"`  // that it drew while they were counted
	CountMS  float64         `json:"count_ms,omitempty"`
	Renderer string          `json:"renderer,omitempty"`
	GL       string          `json:"gl,omitempty"`
	Software string          `json:"software,omitempty"`
	Said     []string        `json:"said,omitempty"` // the last lines of its standard error
	Driver   []DriverMessage `json:"driver,omitempty"`
}

// Build is a command that builds the program anew.
type Build struct {
	Command string `json:"command"`
	Why     string `json:"why"` // the key of a sentence
}
