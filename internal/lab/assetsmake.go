package lab

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// makers make the files that are no text.
var makers = map[string]func(ctx context.Context, dir string, args []string) error{
	"png": makePicture, "jpeg": makePicture, "gif": makePicture, "wav": makeSound, "font": copyFont, "copy": copyOf, "cut": cutFile, "flip": flipFile,
}

// write writes the case's program.
func (c *assetCase) write(ctx context.Context, dir string) error {
	for _, f := range c.files {
		if err := put(dir, f.Name, f.Data); err != nil {
			return err
		}
	}
	for _, m := range c.make {
		if err := makers[m[0]](ctx, dir, m); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(m, " "), err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return c.tidy(ctx, dir)
	}
	return put(dir, "go.mod", []byte("module example.com/app\n\ngo 1.26\n"))
}

// tidy completes a go.mod that requires modules.
func (c *assetCase) tidy(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod tidy: %s", lastLines(string(out), 3))
	}
	return nil
}

func put(dir, name string, data []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

var errArguments = errors.New("other arguments are needed")

// makePicture makes a picture of stripes and noise, which does not pack to nothing.
func makePicture(_ context.Context, dir string, args []string) error {
	if len(args) != 4 {
		return errArguments
	}
	w, err1 := strconv.Atoi(args[2])
	h, err2 := strconv.Atoi(args[3])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	seed := uint32(w*31 + h)
	for y := range h {
		for x := range w {
			seed = seed*1664525 + 1013904223
			noise := uint8(seed >> 27)
			if w*h > 1<<20 {
				noise = 0
			}
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(x*255/w) | noise, G: uint8(y*255/h) ^ noise, B: uint8((x/8+y/8)%2) * 200, A: 255})
		}
	}
	var b bytes.Buffer
	var err error
	switch args[0] {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		return err
	}
	return put(dir, args[1], b.Bytes())
}

// makeSound makes a WAV of 22,050 samples a second.
func makeSound(_ context.Context, dir string, args []string) error {
	if len(args) != 3 {
		return errArguments
	}
	seconds, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	const rate = 22050
	n := uint32(seconds * rate * 2)
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, 36+n)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	for _, v := range []uint16{1, 1} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*2)
	for _, v := range []uint16{2, 16} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, n)
	for i := range n / 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(8000*int(i%100-50)/50)))
	}
	return put(dir, args[1], b)
}

// copyFont copies the Go font, which comes with golang.org/x/image.
func copyFont(ctx context.Context, dir string, args []string) error {
	if len(args) != 2 {
		return errArguments
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", "golang.org/x/image@v0.48.0")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go mod download golang.org/x/image: %w", err)
	}
	_, rest, _ := strings.Cut(string(out), `"Dir": "`)
	at, _, _ := strings.Cut(rest, `"`)
	b, err := os.ReadFile(filepath.Join(at, "font", "gofont", "ttfs", "Go-Regular.ttf"))
	if err != nil {
		return err
	}
	return put(dir, args[1], b)
}

func copyOf(_ context.Context, dir string, args []string) error {
	if len(args) != 3 {
		return errArguments
	}
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(args[2])))
	if err != nil {
		return err
	}
	return put(dir, args[1], b)
}

func cutFile(_ context.Context, dir string, args []string) error {
	return changed(dir, args, func(b []byte, n int) []byte { return b[:min(n, len(b))] })
}

func flipFile(_ context.Context, dir string, args []string) error {
	return changed(dir, args, func(b []byte, n int) []byte {
		if n < len(b) {
			b[n] ^= 0x55
		}
		return b
	})
}

func changed(dir string, args []string, f func(b []byte, n int) []byte) error {
	if len(args) != 3 {
		return errArguments
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(args[1])))
	if err != nil {
		return err
	}
	return put(dir, args[1], f(b, n))
}

// patchFile changes text in a built program, as a careless tool would.
func patchFile(path, old, text string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if len(old) != len(text) || !bytes.Contains(b, []byte(old)) {
		return fmt.Errorf("%q cannot be changed to %q", old, text)
	}
	return os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(text), 1), 0o755)
}
