package vet

import (
	"strings"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// kind is what a call waits for.
type kind string

const (
	network kind = "network"
	file    kind = "file"
	process kind = "process"
	sleep   kind = "sleep"
	channel kind = "channel" // also WaitGroup and Cond: another goroutine has to act
	lock    kind = "lock"
	uiTurn  kind = "ui"     // waits for the UI goroutine: no wait on that one itself
	person  kind = "dialog" // waits for the person at the window, in a native dialog
)

// blocking are the functions that wait, by the kind of wait. The standard library
// is judged by this table and never looked into: a function stands here when
// waiting is what it is for, not when it may read a file on some rare way
// (time.LoadLocation, mime.TypeByExtension). Calls that only ask the kernel's
// memory (os.Getenv, net.Listen) do not wait.
var blocking = []struct {
	kind  kind
	recv  string // "os.", "os.(*File)."
	names string
}{
	{network, "net.", "Dial DialTimeout DialTCP DialUDP DialUnix DialIP LookupAddr LookupCNAME LookupHost LookupIP LookupMX LookupNS LookupPort LookupSRV LookupTXT ResolveTCPAddr ResolveUDPAddr ResolveIPAddr"},
	{network, "net.(*Dialer).", "Dial DialContext DialTCP DialUDP DialUnix DialIP"},
	{network, "net.(*Resolver).", "LookupAddr LookupCNAME LookupHost LookupIP LookupIPAddr LookupMX LookupNS LookupNetIP LookupPort LookupSRV LookupTXT"},
	{network, "net.Conn.", "Read Write"},
	{network, "net.PacketConn.", "ReadFrom WriteTo"},
	{network, "net.Listener.", "Accept"},
	{network, "net.(*conn).", "Read Write"},
	{network, "net.(*TCPConn).", "Read Write ReadFrom WriteTo"},
	{network, "net.(*UDPConn).", "Read ReadFrom ReadFromUDP ReadFromUDPAddrPort ReadMsgUDP"},
	{network, "net.(*UnixConn).", "Read Write ReadFrom ReadFromUnix ReadMsgUnix"},
	{network, "net.(*TCPListener).", "Accept AcceptTCP"},
	{network, "net.(*UnixListener).", "Accept AcceptUnix"},
	{network, "net/http.", "Get Head Post PostForm ListenAndServe ListenAndServeTLS Serve ServeTLS"},
	{network, "net/http.(*Client).", "Do Get Head Post PostForm"},
	{network, "net/http.(*Transport).", "RoundTrip"},
	{network, "net/http.RoundTripper.", "RoundTrip"},
	{network, "net/http.(*Server).", "ListenAndServe ListenAndServeTLS Serve ServeTLS Shutdown"},
	{network, "crypto/tls.", "Dial DialWithDialer"},
	{network, "crypto/tls.(*Dialer).", "Dial DialContext"},
	{network, "crypto/tls.(*Conn).", "Read Write Handshake HandshakeContext"},
	{network, "net/smtp.", "Dial SendMail"},
	{network, "net/smtp.(*Client).", "Auth Data Hello Mail Noop Quit Rcpt Reset StartTLS Verify"},
	{network, "net/rpc.", "Dial DialHTTP DialHTTPPath"},
	{network, "net/rpc.(*Client).", "Call"},
	{network, "net/rpc/jsonrpc.", "Dial"},
	{network, "net/textproto.", "Dial"},
	{network, "log/syslog.", "Dial New"},
	// A database answers over a socket, or out of a file with locks.
	{network, "database/sql.(*DB).", "Begin BeginTx Conn Exec ExecContext Ping PingContext Prepare PrepareContext Query QueryContext QueryRow QueryRowContext"},
	{network, "database/sql.(*Tx).", "Commit Exec ExecContext Prepare PrepareContext Query QueryContext QueryRow QueryRowContext Rollback"},
	{network, "database/sql.(*Stmt).", "Exec ExecContext Query QueryContext QueryRow QueryRowContext"},
	{network, "database/sql.(*Conn).", "BeginTx ExecContext PingContext PrepareContext QueryContext QueryRowContext"},
	{network, "github.com/gorilla/websocket.(*Conn).", "NextReader ReadJSON ReadMessage WriteJSON WriteMessage"},
	{network, "google.golang.org/grpc.ClientConnInterface.", "Invoke"},
	{network, "google.golang.org/grpc.(*ClientConn).", "Invoke"},

	{file, "os.", "Chmod Chown Chtimes CopyFS Create CreateTemp Link Lstat Mkdir MkdirAll MkdirTemp Open OpenFile OpenInRoot OpenRoot ReadDir ReadFile Readlink Remove RemoveAll Rename Stat Symlink Truncate WriteFile"},
	{file, "os.(*File).", "Chmod Read ReadAt ReadDir ReadFrom Readdir Readdirnames Stat Sync Truncate Write WriteAt WriteString WriteTo"},
	{file, "os.(*Root).", "Chmod Create Lstat Mkdir MkdirAll Open OpenFile OpenRoot ReadFile Remove RemoveAll Rename Stat WriteFile"},
	{file, "io/ioutil.", "ReadDir ReadFile TempDir TempFile WriteFile"},
	{file, "path/filepath.", "EvalSymlinks Glob Walk WalkDir"},
	{file, "archive/zip.", "OpenReader"},
	{file, "crypto/tls.", "LoadX509KeyPair"},
	{file, "html/template.", "ParseFiles ParseGlob"},
	{file, "html/template.(*Template).", "ParseFiles ParseGlob"},
	{file, "text/template.", "ParseFiles ParseGlob"},
	{file, "text/template.(*Template).", "ParseFiles ParseGlob"},
	{file, "fmt.", "Scan Scanf Scanln"},
	{file, "plugin.", "Open"},
	{file, "syscall.", "Flock Fsync Fdatasync Open Read Write Stat"},
	{file, "golang.org/x/sys/unix.", "Flock Fsync Fdatasync Open Read Write Stat"},

	{process, "os/exec.(*Cmd).", "CombinedOutput Output Run Wait"},
	{process, "os.(*Process).", "Wait"},
	{process, "syscall.", "Wait4"},
	{process, "golang.org/x/sys/unix.", "Wait4"},

	{sleep, "time.", "Sleep"},

	{channel, "sync.(*WaitGroup).", "Wait"},
	{channel, "sync.(*Cond).", "Wait"},
	{channel, "golang.org/x/sync/errgroup.(*Group).", "Wait"},
	{channel, "golang.org/x/sync/semaphore.(*Weighted).", "Acquire"},

	{person, "github.com/sqweek/dialog.(*MsgBuilder).", "YesNo Info Error"},
	{person, "github.com/sqweek/dialog.(*FileBuilder).", "Load Save"},
	{person, "github.com/sqweek/dialog.(*DirectoryBuilder).", "Browse"},
}

// blockers is blocking and what the toolkits' tables add to it.
type blockers struct {
	exact map[string]kind
	kits  map[string]kind
}

func newBlockers() *blockers {
	b := &blockers{exact: map[string]kind{}, kits: map[string]kind{}}
	for _, row := range blocking {
		for name := range strings.FieldsSeq(row.names) {
			b.exact[row.recv+name] = row.kind
		}
	}
	for _, s := range toolkit.Sources() {
		for k, patterns := range s.Blocking {
			for _, p := range patterns {
				b.exact[string(p)] = kind(k)
			}
		}
	}
	return b
}

// of says what the function waits for; ok is false when it does not.
func (b *blockers) of(symbol string) (k kind, ok bool) {
	k, ok = b.exact[symbol]
	return k, ok
}

// later are functions of the standard library that take functions and run them
// on another goroutine, or later. All others call what they get before they
// return.
var later = []toolkit.Pattern{
	"time.AfterFunc", "context.AfterFunc", "sync.(*WaitGroup).Go",
	"net/http.…", "net/rpc.…", "runtime.SetFinalizer", "runtime.AddCleanup",
	"testing.…", "expvar.…", "os/signal.…", "golang.org/x/sync/errgroup.(*Group).Go", "golang.org/x/sync/errgroup.(*Group).TryGo",
}

// keeps are those that only keep the function: who calls their result runs it.
var keeps = []toolkit.Pattern{
	"sync.OnceFunc", "sync.OnceValue", "sync.OnceValues", "iter.Pull", "iter.Pull2",
	"flag.…", "text/template.…", "html/template.…", "reflect.…", "sync/atomic.…", "log/slog.…",
}
