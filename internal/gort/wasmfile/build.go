package wasmfile

import (
	"bytes"
	"errors"
	"regexp"
	"runtime/debug"
	"strings"
)

// ErrNoImage is returned where the data segments do not tell what memory begins with:
// their places are not constants, or lie further apart than a program's do.
var ErrNoImage = errors.New("the data segments give no initial memory")

// spread bounds how large an image may be beside the bytes of its segments.
const spread = 256 << 20

// Image returns the linear memory as the active data segments make it, from address 0
// to the end of the last of them: all of it in a module of the Go linker. Passive
// segments, which code copies, are no part of it. The slice is the caller's.
func (m *Module) Image() ([]byte, error) {
	var end, bytes uint64
	for _, s := range m.Segments {
		if s.Passive {
			continue
		}
		if !s.Known || s.Addr > 1<<32 {
			return nil, ErrNoImage
		}
		end = max(end, s.Addr+uint64(len(s.Bytes)))
		bytes += uint64(len(s.Bytes))
	}
	if end == 0 || end > bytes+spread {
		return nil, ErrNoImage
	}
	image := make([]byte, end)
	for _, s := range m.Segments {
		if !s.Passive {
			copy(image[s.Addr:], s.Bytes)
		}
	}
	return image, nil
}

// The marks that the linker puts around the build information
// (cmd/go/internal/modload/build.go, infoStart and infoEnd).
var (
	infoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	infoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// longestInfo bounds the build information: far above that of the largest programs.
const longestInfo = 4 << 20

var goVersion = regexp.MustCompile(`^(go1\.\d+(\.\d+|(rc|beta)\d+)?|devel )`)

// Build tells how the module was built, from the producers section, the exports and
// the data. image is that of [Module.Image]; it may be nil.
func (m *Module) Build(image []byte) Build {
	var b Build
	for _, p := range m.Producers {
		switch {
		case strings.EqualFold(p.Name, "TinyGo"):
			b.Compiler = "tinygo"
		case p.Field == "language" && p.Name == "Go" && goVersion.MatchString(p.Version):
			b.GoVersion = p.Version
		}
	}
	if b.Info = readInfo(image); b.Info != nil {
		b.Info.GoVersion = b.GoVersion
	}
	switch {
	case b.Compiler == "" && m.tinyGo(image):
		b.Compiler = "tinygo"
	case b.Compiler == "" && (b.GoVersion != "" || b.Info != nil || m.ofGo()):
		b.Compiler = "go"
	}
	return b
}

// readInfo finds the build information between its marks.
func readInfo(image []byte) *debug.BuildInfo {
	for rest := image; ; {
		i := bytes.Index(rest, infoStart)
		if i < 0 {
			return nil
		}
		rest = rest[i+len(infoStart):]
		j := bytes.Index(rest[:min(len(rest), longestInfo)], infoEnd)
		if j < 0 {
			continue
		}
		if info, err := debug.ParseBuildInfo(string(rest[:j])); err == nil && (info.Path != "" || info.Main.Path != "") {
			return info
		}
	}
}

// ofGo: what wasm_exec.js calls in a module of the Go linker (cmd/link/internal/wasm).
func (m *Module) ofGo() bool {
	return m.Exported("run") && m.Exported("resume") && m.Exported("getsp") && m.Exported("mem")
}

// tinyGo recognises what TinyGo's runtime leaves, in names, exports or data.
func (m *Module) tinyGo(image []byte) bool {
	if m.ofGo() {
		return false
	}
	for _, name := range []string{"go_scheduler", "tinygo_unwind", "tinygo_rewind", "tinygo_launch"} {
		if m.Exported(name) {
			return true
		}
	}
	for _, i := range m.Imports {
		if strings.HasPrefix(i.Name, "tinygo_") || i.Name == "runtime.sleepTicks" || i.Module == "env" && i.Name == "runtime.ticks" {
			return true
		}
	}
	for _, name := range m.Names {
		if strings.HasPrefix(name, "tinygo_") || name == "runtime.run" || name == "runtime.runtimePanicAt" {
			return true
		}
	}
	return bytes.Contains(image, []byte("tinygo"))
}
