package evidence

import (
	"fmt"
	"time"
)

// Assets is the evidence about a program's resources: what it holds, what its code asks
// for, and, of a process, what it tried to open.
type Assets struct {
	Took    time.Duration `json:"took"`
	From    string        `json:"from"`              // one of From…
	Format  string        `json:"format,omitempty"`  // of the file: "ELF", "PE", "Mach-O", "WebAssembly"
	Folders []string      `json:"folders,omitempty"` // where names without a path were looked for
	Files   []Asset       `json:"files,omitempty"`
	Uses    []AssetUse    `json:"uses,omitempty"`
	Opens   []AssetOpen   `json:"opens,omitempty"`
	Watched time.Duration `json:"watched,omitempty"` // how long opens were listened to; 0: not
}

// Where a program's resources were read from.
const (
	FromSource  = "source"
	FromBinary  = "binary"
	FromProcess = "process"
)

// How a resource is in the program.
const (
	AssetEmbedFS = "embed.FS"
	AssetString  = "string" // //go:embed into a string
	AssetBytes   = "bytes"  // … or a byte slice
	AssetBlob    = "blob"   // bytes found by how they begin: embedded, or written in the code
	AssetFyne    = "fyne"   // a fyne.StaticResource
	AssetWindows = "windows"
	AssetFile    = "file" // not in the program: the code names it, and it lies in a folder
)

// Asset is one resource. Offset and Line of the fault count from 0 and from 1.
type Asset struct {
	Name    string `json:"name"`              // as the code names it; of a blob where it lies
	Kind    string `json:"kind"`              // one of Asset…
	In      string `json:"in,omitempty"`      // the variable that holds it
	Path    string `json:"path,omitempty"`    // the file on disk, where there is one
	At      *Frame `json:"at,omitempty"`      // the directive or the call that brings it
	Foreign bool   `json:"foreign,omitempty"` // a toolkit's or a library's
	Size    int64  `json:"size"`
	Sum     string `json:"sum,omitempty"` // SHA-256, the first 16 bytes in hex
	Format  string `json:"format,omitempty"`
	Named   bool   `json:"named,omitempty"` // Name is a file's name

	Checked bool    `json:"checked,omitempty"` // it was decoded
	Note    string  `json:"note,omitempty"`
	Other   string  `json:"other,omitempty"` // the format that the name says, if the bytes say another
	Width   int     `json:"width,omitempty"` // pixels
	Height  int     `json:"height,omitempty"`
	Frames  int     `json:"frames,omitempty"`
	Glyphs  int     `json:"glyphs,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Family  string  `json:"family,omitempty"`
	Thumb   []byte  `json:"thumb,omitempty"` // a small PNG

	Fault *AssetFault `json:"fault,omitempty"`
}

// AssetFault says why a resource is broken, and where.
type AssetFault struct {
	Code   string `json:"code"` // one of package decode's
	Detail string `json:"detail,omitempty"`
	Offset int64  `json:"offset"` // -1: not known
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// What a name is looked up in.
const (
	UsePath        = "path"        // a file of the system
	UseEmbed       = "embed"       // an embed.FS
	UseFS          = "fs"          // an fs.FS that is not known to be embedded
	UseIcon        = "icon"        // a theme's icon
	UseTranslation = "translation" // a key of the translations
	UsePattern     = "pattern"     // a pattern of //go:embed
)

// Why a name that is not there may be no fault.
const (
	ExcuseOptional = "optional" // the code asks whether it is there, or has something else instead
	ExcuseWritten  = "written"  // the program writes it itself
	ExcuseDropped  = "dropped"  // the error is thrown away: nothing shows that it is missing
)

// AssetUse is a name that code hands to a function that loads.
type AssetUse struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`              // one of Use…
	Loader string `json:"loader"`            // the function that loads: "os.ReadFile"
	At     Frame  `json:"at"`                // where the name stands
	Load   *Frame `json:"load,omitempty"`    // where it is loaded, if that is elsewhere
	In     string `json:"in,omitempty"`      // the embed.FS that is asked
	Found  string `json:"found,omitempty"`   // where it is; "": nowhere
	OnDisk bool   `json:"on_disk,omitempty"` // in a folder, though it is asked for in an embed.FS
	Near   string `json:"near,omitempty"`    // a name that is there and much like it
	Excuse string `json:"excuse,omitempty"`  // one of Excuse…
	Fatal  bool   `json:"fatal,omitempty"`   // the program ends, or says so, when it is missing
	Partly bool   `json:"partly,omitempty"`  // another name may come instead, one that is not known
	Broken bool   `json:"broken,omitempty"`  // it is a pattern of //go:embed: the program cannot be built
}

// AssetOpen is a file that a process tried to open and did not find.
type AssetOpen struct {
	Path  string `json:"path"` // as it was asked for
	Full  string `json:"full"`
	Error string `json:"error"` // "ENOENT"
	Count int    `json:"count"`
	At    *Frame `json:"at,omitempty"` // the user's line that opened it; nil: Go code of others, or C
	Go    bool   `json:"go,omitempty"` // it was opened by Go code
}

const maxThumb = 64 << 10

// repair checks what a bundle says.
func (a *Assets) repair() error {
	for i := range a.Files {
		if f := &a.Files[i]; f.Size < 0 || len(f.Thumb) > maxThumb {
			return fmt.Errorf("%w: resource %d", ErrBundleTruncated, i)
		}
	}
	return nil
}
