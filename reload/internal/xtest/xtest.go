// Package xtest shows the windows of tests on an X server of their own, and looks at
// them. It is for the tests of the toolkits' adapters alone.
package xtest

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// patience is how long something may take that is awaited.
const patience = 60 * time.Second

// Program is a program under test, and the screen that it draws on.
type Program struct {
	t    testing.TB
	conn *xgb.Conn
	in   io.Writer
	out  *bufio.Scanner
}

// Steps is for the program's side: it says that a step is done, and waits until the
// test has looked.
type Steps struct{ in *bufio.Reader }

// IsProgram says whether this process is the program that Start has started.
func IsProgram() (*Steps, bool) {
	return &Steps{bufio.NewReader(os.Stdin)}, os.Getenv(env) != ""
}

const env = "GOMEDIC_XTEST_PROGRAM"

// Done says that a step is done, with what the test shall compare.
func (s *Steps) Done(text string) {
	fmt.Printf("step %s\n", text)
	if _, err := s.in.ReadString('\n'); err != nil { // the test is gone
		os.Exit(3)
	}
}

// Start runs a program under Xvfb; without a path this test binary, once more. Both end
// with the test. Without Xvfb the test is skipped.
func Start(t testing.TB, path ...string) *Program {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("no Xvfb: ", err)
	}
	display := startXvfb(t)
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	cmd := exec.Command(append(path, os.Args[0])[0])
	cmd.Env = append(os.Environ(), env+"=1", "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY=", "XDG_CONFIG_HOME="+t.TempDir())
	cmd.Stderr = &logWriter{t: t}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() }) // ends what waits for it, too
	t.Cleanup(func() { late.Stop(); end() })
	return &Program{t: t, conn: conn, in: in, out: bufio.NewScanner(out)}
}

func startXvfb(t testing.TB) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-ac")
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt) // so that it removes its socket and lock
		late := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		late.Stop()
	})
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	number, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("wait for Xvfb: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// Step waits for the program's next step, and returns its text.
func (p *Program) Step() string {
	p.t.Helper()
	for p.out.Scan() {
		if text, ok := strings.CutPrefix(p.out.Text(), "step "); ok {
			return text
		}
		p.t.Log("program: ", p.out.Text())
	}
	p.t.Fatalf("the program has ended: %v", p.out.Err())
	return ""
}

// Continue lets the program go on.
func (p *Program) Continue() {
	p.t.Helper()
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// Await waits until at least share of the screen, from 0 to 1, is of a colour, and
// returns the picture. With GOMEDIC_XTEST_PICTURES set to a folder it is kept there.
func (p *Program) Await(name string, c color.RGBA, share float64) image.Image {
	p.t.Helper()
	var last image.Image
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		picture, err := p.picture()
		if err != nil {
			p.t.Fatal(err)
		}
		last = picture
		if Share(picture, c) >= share {
			p.keep(name, picture)
			return picture
		}
	}
	p.keep(name+"-failed", last)
	p.t.Fatalf("%s: only %.3f of the screen is %v, want %.3f", name, Share(last, c), c, share)
	return nil
}

// Share is how much of a picture is of a colour, give or take a little.
func Share(m image.Image, c color.RGBA) float64 {
	b := m.Bounds()
	n := 0
	near := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return -6 <= d && d <= 6 }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if red, green, blue, _ := m.At(x, y).RGBA(); near(red, c.R) && near(green, c.G) && near(blue, c.B) {
				n++
			}
		}
	}
	return float64(n) / float64(b.Dx()*b.Dy())
}

func (p *Program) picture() (image.Image, error) {
	screen := xproto.Setup(p.conn).DefaultScreen(p.conn)
	w, h := screen.WidthInPixels, screen.HeightInPixels
	reply, err := xproto.GetImage(p.conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), 0, 0, w, h, ^uint32(0)).Reply()
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
	if len(reply.Data) < len(m.Pix) {
		return nil, errors.New("the screen is not of 32 bits a pixel")
	}
	for i := 0; i < len(m.Pix); i += 4 { // BGRX
		m.Pix[i], m.Pix[i+1], m.Pix[i+2], m.Pix[i+3] = reply.Data[i+2], reply.Data[i+1], reply.Data[i], 255
	}
	return m, nil
}

func (p *Program) keep(name string, m image.Image) {
	dir := os.Getenv("GOMEDIC_XTEST_PICTURES")
	if dir == "" || m == nil {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		p.t.Error(err)
		return
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		p.t.Error(err)
	}
}

// logWriter puts what the program says into the test's log.
type logWriter struct{ t testing.TB }

func (w *logWriter) Write(b []byte) (int, error) {
	w.t.Log("program: ", strings.TrimSpace(string(b)))
	return len(b), nil
}
