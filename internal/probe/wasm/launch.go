package wasm

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gomedic/gomedic/internal/probe/wasm/cdp"
)

// profilePrefix begins the name of a browser's temporary folder. The process id
// of the gomedic that made it follows: SweepProfiles removes what a killed
// gomedic has left.
const profilePrefix = "gomedic-browser-"

// process is a browser that gomedic started.
type process struct {
	cmd     *exec.Cmd
	profile string // its folder, removed at the end
	errors  *tail  // the end of what it wrote to stderr
	exited  chan struct{}
	release func() // what the system holds for the process
}

// flags of the browser: a profile of its own, nothing fetched for the browser
// itself, no questions. Timers and frames keep their pace in a window that lies
// behind others. SwiftShader draws WebGL where there is no graphics card; without
// it a page would seem to be without WebGL because of the machine gomedic runs on.
func flags(o Options, profile string) []string {
	args := []string{
		"--user-data-dir=" + profile,
		"--no-first-run", "--no-default-browser-check", "--no-service-autorun",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-default-apps", "--disable-extensions", "--disable-domain-reliability",
		"--disable-client-side-phishing-detection", "--disable-breakpad", "--metrics-recording-only",
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
		"--disable-renderer-backgrounding", "--disable-hang-monitor", "--disable-popup-blocking",
		"--disable-prompt-on-repost", "--disable-search-engine-choice-screen",
		"--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater",
		"--enable-unsafe-swiftshader",
		"--password-store=basic", "--use-mock-keychain", "--mute-audio",
		"--window-size=1280,800",
	}
	if !o.Show {
		args = append(args, "--headless=new", "--hide-scrollbars")
	}
	if runtime.GOOS == "linux" {
		// Small /dev/shm is the rule in containers.
		args = append(args, "--disable-dev-shm-usage")
		if os.Geteuid() == 0 {
			args = append(args, "--no-sandbox")
		}
	}
	return append(append(args, o.Flags...), "about:blank")
}

// start runs the browser and returns the transport to it.
func start(ctx context.Context, o Options) (*process, cdp.Transport, error) {
	path := o.Browser
	if path == "" {
		found, err := FindBrowser()
		if err != nil {
			return nil, nil, err
		}
		path = found
	} else if _, err := exec.LookPath(path); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoBrowser, err)
	}
	SweepProfiles()
	profile, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", profilePrefix, os.Getpid()))
	if err != nil {
		return nil, nil, err
	}
	p := &process{profile: profile, errors: &tail{most: 4 << 10}, exited: make(chan struct{}), release: func() {}}
	p.cmd = exec.Command(path, flags(o, profile)...)
	p.cmd.Stderr = p.errors
	p.cmd.WaitDelay = time.Second
	transport, err := p.connect(ctx)
	if err != nil {
		p.end()
		return nil, nil, err
	}
	return p, transport, nil
}

// end ends the browser and its children, and removes its folder.
func (p *process) end() {
	if p.cmd.Process != nil {
		select {
		case <-p.exited:
		case <-time.After(2 * time.Second):
		}
		p.kill()
		<-p.exited
	}
	p.release()
	// The browser's children write into the folder until they, too, have ended.
	for range 20 {
		if os.RemoveAll(p.profile) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// wait reaps the browser once it has been started.
func (p *process) wait() {
	p.cmd.Wait()
	close(p.exited)
}

// failure is the error of a browser that did not come up, with its last words.
func (p *process) failure(err error) error {
	if p.cmd.Process != nil { // one that ends says why before, which may be read after
		select {
		case <-p.exited:
		case <-time.After(time.Second):
		}
	}
	words := p.errors.lastLine()
	if words == "" {
		return fmt.Errorf("start %s: %w", p.cmd.Path, err)
	}
	return fmt.Errorf("start %s: %w: %s", p.cmd.Path, err, words)
}

// tail keeps the end of what is written to it.
type tail struct {
	most int
	mu   sync.Mutex
	buf  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - t.most; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

func (t *tail) lastLine() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.buf)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

var _ io.Writer = (*tail)(nil)

// SweepProfiles removes the folders of browsers whose gomedic was killed.
func SweepProfiles() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*"))
	for _, folder := range folders {
		var pid int
		if _, err := fmt.Sscanf(strings.TrimPrefix(filepath.Base(folder), profilePrefix), "%d-", &pid); err != nil {
			continue
		}
		if pid != os.Getpid() && !alive(pid) {
			os.RemoveAll(folder)
		}
	}
}
