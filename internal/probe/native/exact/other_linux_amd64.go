package exact

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/proc"
	"github.com/gomedic/gomedic/internal/proc/malloc"
)

// The library that is preloaded hands on to the C library's malloc. A program that has
// another must not be started with it: its own malloc would not be called any more, but
// what belongs to that would be, as malloc_usable_size.

const (
	listed      = 10 * time.Second // for which the dynamic linker may take
	interpreted = 4                // scripts that are run by scripts
)

// OtherMalloc is the file whose malloc a program would call, if it were started with an
// environment: itself or a library, which it is linked with or which is preloaded; "" if
// that is the C library, or is not known. The dynamic linker is asked, which runs nothing
// of the program. Of a script it is the program that interprets it.
func OtherMalloc(program string, env []string) string {
	for range interpreted {
		f, err := elf.Open(program)
		if err != nil {
			if program = interpreter(program); program == "" {
				return ""
			}
			continue
		}
		linker, own := linkerOf(f), hasMalloc(f)
		f.Close()
		switch {
		case linker == "": // linked statically: nothing is preloaded
			return ""
		case own:
			return program
		}
		for _, lib := range libraries(linker, program, env) {
			if malloc.IsLibC(lib) {
				break // the first one that has it counts
			}
			if f, err := elf.Open(lib); err == nil {
				has := hasMalloc(f)
				f.Close()
				if has {
					return lib
				}
			}
		}
		return ""
	}
	return ""
}

// interpreter is what runs a script; "": it is none.
func interpreter(script string) string {
	f, err := os.Open(script)
	if err != nil {
		return ""
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, 256)).ReadString('\n') // BINPRM_BUF_SIZE
	if words := strings.Fields(strings.TrimPrefix(line, "#!")); strings.HasPrefix(line, "#!") && len(words) > 0 {
		return words[0]
	}
	return ""
}

// linkerOf is the dynamic linker that a program asks for.
func linkerOf(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			b, err := io.ReadAll(p.Open())
			if err != nil {
				return ""
			}
			return string(bytes.TrimRight(b, "\x00"))
		}
	}
	return ""
}

// hasMalloc: others call the malloc of this file, where none comes before it.
func hasMalloc(f *elf.File) bool {
	syms, _ := f.DynamicSymbols()
	for i := range syms {
		if s := &syms[i]; s.Name == "malloc" && s.Section != elf.SHN_UNDEF {
			return true
		}
	}
	return false
}

// libraries are those that a program would be started with, in the order in which
// functions are looked for; the dynamic linker itself is left out.
func libraries(linker, program string, env []string) (files []string) {
	ctx, cancel := context.WithTimeout(context.Background(), listed)
	defer cancel()
	c := exec.CommandContext(ctx, linker, "--list", program) // as musl's does, too
	c.Env = env
	out, err := c.Output()
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if i := strings.LastIndex(line, " (0x"); i >= 0 {
			line = line[:i]
		}
		name, file, found := strings.Cut(line, " => ")
		if !found {
			if file = name; strings.HasPrefix(path.Base(file), "ld-") {
				continue
			}
		}
		if filepath.IsAbs(file) {
			files = append(files, file)
		}
	}
	return files
}

// CallsMallocOf reports whether hooks would be set for the malloc of a file.
func CallsMallocOf(p *proc.Process, file string) bool {
	maps, err := p.Mappings()
	if err != nil {
		return false
	}
	h := &Hooks{p: p, objects: map[objectKey]*loaded{}}
	h.load(maps)
	_, library, err := h.originals()
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(file)
	return err == nil && library == real
}
