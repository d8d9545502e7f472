package evidence

import "time"

// GPU is the evidence for the driver family: what the graphics driver said, and what
// the program draws with.
type GPU struct {
	Took    time.Duration `json:"took"`
	At      time.Time     `json:"at,omitzero"`       // of the look
	Comm    string        `json:"comm,omitempty"`    // the target's name in the kernel log: at most 15 bytes
	Threads []int         `json:"threads,omitempty"` // ids of the target and its threads, as the kernel log names them

	Log      DriverLog       `json:"log,omitzero"`
	Messages []DriverMessage `json:"messages,omitempty"` // of the kernel log, in its order
	Output   []DriverMessage `json:"output,omitempty"`   // of the program's standard error

	Cards     []GPUCard     `json:"cards,omitempty"`
	Open      []GPUOpen     `json:"open,omitempty"`      // devices that the program has open
	Libraries []string      `json:"libraries,omitempty"` // graphics libraries that it has mapped, base names, sorted
	Renderer  string        `json:"renderer,omitempty"`  // "llvmpipe (LLVM 15.0.6, 256 bits)": as GL or Vulkan names it
	GL        string        `json:"gl,omitempty"`        // "4.5 (Core Profile) Mesa 22.3.6"
	Software  string        `json:"software,omitempty"`  // "llvmpipe", "softpipe", "lavapipe": a rasteriser that runs in the program
	Variables []GPUVariable `json:"variables,omitempty"` // that choose drivers, as the program got them
	Container bool          `json:"container,omitempty"` // it sees other devices than this machine's
	Display   string        `json:"display,omitempty"`   // $DISPLAY, or $WAYLAND_DISPLAY
	Server    string        `json:"server,omitempty"`    // the X server's program: "Xorg", "Xvfb", "Xvnc"
	Remote    bool          `json:"remote,omitempty"`    // the display is another machine's
	Missing   []string      `json:"missing,omitempty"`   // names of driver files that a card needs and that are not installed
	Partial   bool          `json:"partial,omitempty"`   // of its memory only a part was searched for GL and Renderer
	Unread    bool          `json:"unread,omitempty"`    // the program's memory could not be read
}

// DriverLog says which log was read.
type DriverLog struct {
	Source string    `json:"source,omitempty"` // "kmsg", "journal", "file"; empty: none could be read
	File   string    `json:"file,omitempty"`
	Lines  int       `json:"lines,omitempty"` // of the kernel
	Last   time.Time `json:"last,omitzero"`   // of its last line
}

// DriverMessage is a message of a driver, and how often it came. What it means is found
// anew from its text.
type DriverMessage struct {
	Text  string        `json:"text"`           // without its time stamp
	At    time.Time     `json:"at,omitzero"`    // of the first; zero: unknown
	Last  time.Time     `json:"last,omitzero"`  // of the last
	Boot  time.Duration `json:"boot,omitempty"` // since the machine's start, of the first; where At is not known
	Count int           `json:"count"`
	// Early: the machine slept since, by so much may the message be older than At.
	Early time.Duration `json:"early,omitempty"`
}

// GPUCard is a graphics card of the machine.
type GPUCard struct {
	Name    string `json:"name"`             // "0000:03:00.0", "fb000000.gpu"
	Driver  string `json:"driver,omitempty"` // of the kernel; empty: none is bound
	Vendor  string `json:"vendor,omitempty"` // "1002"
	Node    string `json:"node,omitempty"`   // "/dev/dri/renderD128"
	Virtual bool   `json:"virtual,omitempty"`
	Absent  bool   `json:"absent,omitempty"` // the program does not see the node
	Denied  bool   `json:"denied,omitempty"` // … and may not open it
	Group   string `json:"group,omitempty"`  // that may: "render"
}

// GPUOpen is a device that the program has open.
type GPUOpen struct {
	Path   string        `json:"path"`
	Driver string        `json:"driver,omitempty"`
	Busy   time.Duration `json:"busy,omitempty"`   // that its engines worked for the program (drm-engine-… in fdinfo)
	Mapped int           `json:"mapped,omitempty"` // pieces of its memory that the program has mapped
}

// GPUVariable is a variable of the target's environment.
type GPUVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
