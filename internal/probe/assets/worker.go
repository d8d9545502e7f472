package assets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gomedic/gomedic/internal/probe/assets/decode"
)

// WorkerArg is the argument by which gomedic starts itself to decode: hostile bytes are
// decoded in a process that may be killed.
const WorkerArg = "__decode-assets"

const (
	// decodeWithin is how long one resource may take on the CPU: the largest picture that is
	// decoded takes under a second. On a busy machine that may last far longer.
	decodeWithin = 5 * time.Second
	patience     = 60 * time.Second
	maxRequest   = 256 << 20
	// workerMemory is what the decoding process may take.
	workerMemory = 160 << 20
	hardMemory   = 768 << 20
)

// request is the line before a resource's bytes.
type request struct {
	Name string         `json:"name"`
	Size int            `json:"size"`
	With decode.Options `json:"with"`
}

// Worker decodes what comes until its input ends. It is the whole of the process that
// WorkerArg starts.
func Worker(in io.Reader, out io.Writer) error {
	debug.SetMemoryLimit(workerMemory)
	debug.SetGCPercent(50)
	limitSelf(hardMemory, 120*time.Second)
	r := bufio.NewReaderSize(in, 1<<16)
	enc := json.NewEncoder(out)
	var buf []byte
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var q request
		if err := json.Unmarshal(line, &q); err != nil {
			return err
		}
		if q.Size < 0 || q.Size > maxRequest {
			return errors.New("a resource of that size is not decoded")
		}
		if cap(buf) < q.Size || cap(buf) > 8<<20 && q.Size < 1<<20 {
			buf = make([]byte, q.Size)
		}
		buf = buf[:q.Size]
		if _, err := io.ReadFull(r, buf); err != nil {
			return err
		}
		if err := enc.Encode(decode.Decode(q.Name, buf, q.With)); err != nil {
			return err
		}
	}
}

// decoder is the parent's side.
type decoder struct {
	ctx    context.Context
	with   decode.Options
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	failed error // why no process could be started
	starts int
}

// maxStarts bounds how often a process is started anew, after it died of a resource.
const maxStarts = 200

func (d *decoder) start() error {
	if d.starts++; d.starts > maxStarts {
		return errors.New("too many resources end the decoder")
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.CommandContext(d.ctx, exe, WorkerArg)
	c.Args[0] = os.Args[0]
	c.Env = append(os.Environ(), "GOMAXPROCS=2", "GOTRACEBACK=none")
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	d.cmd, d.in, d.out = c, in, bufio.NewReaderSize(out, 1<<16)
	return nil
}

// close ends the process.
func (d *decoder) close() {
	if d.cmd == nil {
		return
	}
	d.in.Close()
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
	d.cmd = nil
}

// decode decodes one resource.
func (d *decoder) decode(name string, data []byte) decode.Result {
	format := decode.Sniff(data)
	if format == "" && decode.FormatOf(name) == "" {
		return decode.Result{}
	}
	if len(data) > maxRequest {
		return decode.Result{Format: format, Note: decode.NoteLarge}
	}
	if d.cmd == nil && d.failed == nil {
		d.failed = d.start()
	}
	if d.failed != nil {
		if decode.Sniff(data) == "" {
			format = decode.FormatOf(name)
		}
		return decode.Result{Format: format}
	}
	type answer struct {
		line []byte
		err  error
	}
	got := make(chan answer, 1)
	go func(in io.Writer, out *bufio.Reader) {
		head, err := json.Marshal(request{name, len(data), d.with})
		if err == nil {
			_, err = io.Copy(in, io.MultiReader(bytes.NewReader(append(head, '\n')), bytes.NewReader(data)))
		}
		if err != nil {
			got <- answer{nil, err}
			return
		}
		line, err := out.ReadBytes('\n')
		got <- answer{line, err}
	}(d.in, d.out)
	late := time.NewTicker(decodeWithin / 10)
	defer late.Stop()
	begun, used := time.Now(), cpuTime(d.cmd.Process.Pid)
	var a answer
	for waiting := true; waiting; {
		select {
		case a = <-got:
			waiting = false
		case <-d.ctx.Done():
			a.err, waiting = d.ctx.Err(), false
		case <-late.C:
			if time.Since(begun) > patience || cpuTime(d.cmd.Process.Pid)-used > decodeWithin {
				a.err, waiting = context.DeadlineExceeded, false
			}
		}
	}
	var r decode.Result
	if a.err == nil {
		a.err = json.Unmarshal(a.line, &r)
	}
	if a.err != nil {
		d.close()
		if format == "" {
			format = decode.FormatOf(name)
		}
		if d.ctx.Err() != nil {
			return decode.Result{Format: format}
		}
		detail := "the decoder ended"
		if errors.Is(a.err, context.DeadlineExceeded) {
			detail = decodeWithin.String()
		}
		return decode.Result{Format: format, Checked: true, Fault: &decode.Fault{Code: decode.TooLong, Detail: detail, Offset: -1}}
	}
	runtime.KeepAlive(data)
	return r
}
