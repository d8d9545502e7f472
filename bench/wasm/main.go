// Command wasm measures gomedic wasm: how long a browser takes to start, how soon a
// page that does not load has its verdict, how long a page stands while its memory is
// copied, and how long 1,000 goroutines take to be read and explained. It prints the
// table of bench/WASM.md.
//
//	go run ./bench/wasm [-n 7] [-mb 0,42,128,186] [-browser PROGRAM]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomedic/gomedic/internal/evidence"
	"github.com/gomedic/gomedic/internal/probe/page"
	"github.com/gomedic/gomedic/internal/probe/wasm"
)

func main() {
	n := flag.Int("n", 7, "how often each is measured")
	sizes := flag.String("mb", "0,42,128,186", "how much memory the pages' programs take, beside their own 6 MB")
	browser := flag.String("browser", "", "the browser's program")
	flag.Parse()
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "gomedic-bench-wasm-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	b := &bench{n: *n, o: wasm.Options{Browser: *browser}, at: server.URL, sizes: strings.Split(*sizes, ",")}
	if err := b.run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func build(dir string) error {
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "main.wasm"), "./bench/wasm/thousand")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	js, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	const html = `<!doctype html><body><script src="wasm_exec.js"></script><script>
const go = new Go();
WebAssembly.instantiateStreaming(fetch("%s"), go.importObject).then(r => go.run(r.instance)).catch(() => {});</script>`
	for name, text := range map[string]string{
		"wasm_exec.js": string(js), "index.html": fmt.Sprintf(html, "main.wasm"), "lost.html": fmt.Sprintf(html, "lost.wasm"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	n  int
	o  wasm.Options
	at string

	sizes []string
}

func (b *bench) run(ctx context.Context) error {
	var up, verdict []time.Duration
	product := ""
	for range b.n {
		o := b.o
		o.URL = b.at + "/lost.html"
		begun := time.Now()
		res, err := wasm.Watch(ctx, wasm.WatchOptions{Options: o, For: time.Second})
		if err != nil {
			return err
		}
		up = append(up, res.Page.Up)
		verdict = append(verdict, time.Since(begun)-res.Page.Up)
		product = res.Page.Browser
	}
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("%s, %s, %s/%s, %d processors, load %s\n\n", product, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.TrimSpace(string(load)))
	fmt.Println("| | median | largest |\n|---|---|---|")
	row("start of the browser, until it answers", up)
	row("verdict on a page whose module is not there, from then, with the browser's end", verdict)
	for _, size := range b.sizes {
		mb, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		if err := b.memory(ctx, mb); err != nil {
			return err
		}
	}
	return nil
}

// memory measures copies of a page's memory, and what its goroutines take.
func (b *bench) memory(ctx context.Context, mb int) error {
	o := b.o
	o.URL = fmt.Sprintf("%s/?%d", b.at, mb)
	p, err := wasm.Open(ctx, o)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.WaitGo(ctx); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // the program sets up, the engine compiles
	var held, copied, read []time.Duration
	size, goroutines := 0, 0
	for range b.n {
		begun := time.Now()
		mem, h, err := p.Memory(ctx)
		if err != nil {
			return err
		}
		held, copied, size = append(held, h.Longest()), append(copied, time.Since(begun)), len(mem)
		begun = time.Now()
		f, err := page.Waits(ctx, evidence.PageRuntime{}, time.Time{}, []wasm.Copy{{Memory: mem, At: time.Now()}}, wasm.Options{}, "")
		if err != nil {
			return err
		}
		read, goroutines = append(read, time.Since(begun)), len(f.Goroutines)
	}
	of := fmt.Sprintf("a page of %.0f MB", float64(size)/1e6)
	row(of+" stands while its heap is copied", held)
	row("… the copy, whole", copied)
	row(fmt.Sprintf("… %d goroutines read and explained from it", goroutines), read)
	p.Close()
	for _, hangs := range []string{"", ",busy"} {
		var longest, stood []time.Duration
		for range b.n {
			o.URL = fmt.Sprintf("%s/?%d%s", b.at, mb, hangs)
			res, err := page.Freeze(ctx, page.Options{Page: o})
			if err != nil {
				return err
			}
			longest = append(longest, milliseconds(res.Probe.MaxStopMS))
			stood = append(stood, milliseconds(res.Probe.StoppedMS))
		}
		what := map[string]string{"": "gomedic freeze", ",busy": "gomedic freeze, its thread computing"}[hangs]
		row(of+": "+what+", the longest stop", longest)
		row("… all stops together", stood)
	}
	return nil
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func row(what string, all []time.Duration) {
	slices.Sort(all)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000) }
	fmt.Printf("| %s | %s | %s |\n", what, ms(all[len(all)/2]), ms(all[len(all)-1]))
}
