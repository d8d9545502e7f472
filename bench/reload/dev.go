//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// devMain is the program's main under gomedic dev, and devOrders its component.
const devMain = `package main

import (
	"context"
	"fmt"
	"image"
	"log"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	_ "example.com/shop/ui/orders"
	"github.com/gomedic/gomedic/reload"
	"github.com/gomedic/gomedic/reload/follow"
	"github.com/gomedic/gomedic/reload/fynereload"
)

type theme struct{ Number int }

func main() {
	w := app.New().NewWindow("shop")
	h, err := fynereload.NewHost(reload.Options{})
	if err != nil {
		log.Fatal(err)
	}
	orders, err := fynereload.Show(h, "orders")
	if err != nil {
		log.Fatal(err)
	}
	files := reload.NewFS(os.DirFS("assets"))
	files.SwapOn(fyne.Do)
	colours, err := reload.NewResource(files, "theme.json", reload.JSON[theme])
	if err != nil {
		log.Fatal(err)
	}
	painted := -1
	pixel := canvas.NewRaster(func(w, h int) image.Image {
		if n := colours.Get().Number; w > 100 && h > 100 && n != painted {
			painted = n
			go fyne.Do(func() { fmt.Println("resource", n) })
		}
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	})
	files.OnChange(func(reload.FSChange) { pixel.Refresh() })
	go func() { log.Print(follow.Dir(context.Background(), files, follow.Options{Dir: "assets"})) }()
	w.SetContent(container.NewStack(pixel, orders))
	w.Resize(fyne.NewSize(400, 500))
	w.ShowAndRun()
}
`

const devOrders = `package orders

import (
	"fmt"
	"image"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"github.com/gomedic/gomedic/reload"
)

func init() { reload.Register("orders", shown) }

// shown tells of the first frame that has painted the component in the window.
func shown(*reload.Scope) (fyne.CanvasObject, error) {
	var once atomic.Bool
	pixel := canvas.NewRaster(func(w, h int) image.Image {
		if w > 100 && h > 100 && once.CompareAndSwap(false, true) {
			go fyne.Do(func() { fmt.Println("first", Version()) })
		}
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	})
	return container.NewStack(pixel, New(func(int) {})), nil
}
`

// withDev makes the edits while gomedic dev runs the program: from the save to the
// frame in the window, all of it as a user has it.
func (b *bench) withDev(ctx context.Context) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	shop := b.dir
	b.dir = filepath.Join(shop, ".dev")
	defer func() { b.dir = shop }()
	if err := writeProgram(b.dir, b.lab); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(b.dir, "assets"), 0o755); err != nil {
		return err
	}
	for name, src := range map[string]string{"assets/theme.json": "{\"Number\": 0}", "main.go": devMain, "ui/orders/shown.go": devOrders} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(src), 0o644); err != nil {
			return err
		}
	}
	for _, args := range [][]string{
		{"mod", "edit", "-require", "github.com/gomedic/gomedic@v0.0.0", "-require", "github.com/gomedic/gomedic/reload/fynereload@v0.0.0",
			"-replace", "github.com/gomedic/gomedic=" + root, "-replace", "github.com/gomedic/gomedic/reload/fynereload=" + filepath.Join(root, "reload/fynereload")},
		{"mod", "tidy"},
	} {
		c := exec.CommandContext(ctx, "go", args...)
		c.Dir, c.Env = b.dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(root, "bin", "gomedic"), "dev", "--json", ".")
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "DISPLAY="+b.display, "GOWORK=off", "CGO_ENABLED=1", "LIBGL_ALWAYS_SOFTWARE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	records, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	said, err := cmd.StderrPipe() // of the program, too
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer cancel()
	p := &process{cmd: cmd, out: bufio.NewScanner(said)}
	ready := make(chan error, 1)
	go func() {
		for lines := bufio.NewScanner(records); lines.Scan(); {
			var c struct {
				Action, Outcome string
				Steps           []struct {
					Name   string
					TookMS float64 `json:"took_ms"`
				}
			}
			if json.Unmarshal(lines.Bytes(), &c) != nil {
				continue
			}
			switch {
			case c.Action == "ready":
				ready <- nil
			case c.Action == "start", c.Action == "skip": // a resource
			case c.Action != "swap" || c.Outcome != "ok":
				ready <- errors.New(lines.Text())
			default:
				for _, s := range c.Steps {
					b.figures["dev "+s.Name] = append(b.figures["dev "+s.Name], time.Duration(s.TookMS*1e6))
				}
			}
		}
	}()
	if err := p.until("first 0"); err != nil {
		return err
	}
	select {
	case err := <-ready:
		if err != nil {
			return err
		}
	case <-time.After(10 * time.Minute):
		return errors.New("it does not get ready")
	}
	b.version = 0
	for range b.rounds {
		select {
		case <-time.After(time.Second):
		case err := <-ready:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		start := time.Now()
		if _, _, err := b.save(); err != nil {
			return err
		}
		if err := p.until(fmt.Sprint("first ", b.version)); err != nil {
			return err
		}
		b.figures["dev save to first frame"] = append(b.figures["dev save to first frame"], time.Since(start))
	}
	for i := range b.rounds {
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		start := time.Now()
		if err := os.WriteFile(filepath.Join(b.dir, "assets", "theme.json"), fmt.Appendf(nil, "{\"Number\": %d}", i+1), 0o644); err != nil {
			return err
		}
		if err := p.until(fmt.Sprint("resource ", i+1)); err != nil {
			return err
		}
		b.figures["resource save to first frame"] = append(b.figures["resource save to first frame"], time.Since(start))
	}
	return nil
}
