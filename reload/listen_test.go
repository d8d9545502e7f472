package reload

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The child goes on with the socket of the parent, which still has it.
func TestListenGoesOn(t *testing.T) {
	if address := os.Getenv("RELOAD_TEST_ADDRESS"); address != "" {
		l, err := Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv(EnvListeners) != "" {
			t.Error("what this one starts would take its descriptors")
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte("child"))
		c.Close()
		return
	}
	first, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	address := first.Addr().String()
	all := listeners()
	if len(all) != 1 || all[0].Network != "tcp" || all[0].Address != "127.0.0.1:0" || all[0].FD < 3 {
		t.Fatalf("the listeners are %+v", all)
	}
	file, err := first.(*listener).Listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := exec.Command(os.Args[0], "-test.run=TestListenGoesOn$", "-test.v")
	c.ExtraFiles = []*os.File{file} // 3
	c.Env = append(os.Environ(), "RELOAD_TEST_ADDRESS="+address, EnvListeners+"=tcp "+address+"=3")
	var out strings.Builder
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := make([]byte, 5)
	if _, err := conn.Read(b); err != nil || string(b) != "child" {
		t.Errorf("answered %q, %v", b, err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	first.Close()
	if left := listeners(); len(left) != 0 {
		t.Errorf("after Close: %+v", left)
	}
}

func TestHandedOver(t *testing.T) {
	got := handedOver("tcp :8080=3;unix /tmp/a=b=4;nonsense;tcp x=y;tcp 0=1")
	if len(got) != 2 || got["tcp :8080"] != 3 || got["unix /tmp/a=b"] != 4 {
		t.Errorf("read %v", got)
	}
}
