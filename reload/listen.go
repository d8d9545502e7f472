package reload

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// EnvListeners names the sockets that gomedic dev hands from one process of the program
// to the next: "tcp 127.0.0.1:8080=3", separated by ";". The number is a file
// descriptor. [Listen] reads it.
const EnvListeners = "GOMEDIC_RELOAD_LISTENERS"

// Listener is a socket that the program listens on by [Listen].
type Listener struct {
	Network string `json:"network"`
	Address string `json:"address"` // as it was asked for
	FD      int    `json:"fd"`
}

var listening struct {
	sync.Mutex
	all    map[string]net.Listener // by network and address
	handed map[string]int          // file descriptors, nil: not read yet
}

// Listen is net.Listen, for TCP and Unix sockets that outlive a warm restart: the next
// process of the program, which starts while this one still runs, goes on with the same
// socket. No connection is refused meanwhile, and there is no conflict. Without gomedic
// dev it is net.Listen.
func Listen(network, address string) (net.Listener, error) {
	listening.Lock()
	defer listening.Unlock()
	if listening.handed == nil {
		listening.handed = handedOver(os.Getenv(EnvListeners))
		os.Unsetenv(EnvListeners) // what the program starts has not these descriptors
	}
	key := network + " " + address
	l, err := net.Listener(nil), error(nil)
	if fd, ok := listening.handed[key]; ok {
		delete(listening.handed, key)
		f := os.NewFile(uintptr(fd), key)
		l, err = net.FileListener(f) // has a descriptor of its own
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("go on listening on %s: %w", address, err)
		}
	} else if l, err = net.Listen(network, address); err != nil {
		return nil, err
	}
	if listening.all == nil {
		listening.all = map[string]net.Listener{}
	}
	listening.all[key] = l
	return &listener{Listener: l, key: key}, nil
}

// handedOver reads EnvListeners.
func handedOver(s string) map[string]int {
	out := map[string]int{}
	for entry := range strings.SplitSeq(s, ";") {
		at := strings.LastIndexByte(entry, '=')
		if at < 0 {
			continue
		}
		if fd, err := strconv.Atoi(entry[at+1:]); err == nil && fd > 2 {
			out[entry[:at]] = fd
		}
	}
	return out
}

// listener forgets itself when it is closed.
type listener struct {
	net.Listener
	key string
}

func (l *listener) Close() error {
	listening.Lock()
	if listening.all[l.key] == l.Listener {
		delete(listening.all, l.key)
	}
	listening.Unlock()
	return l.Listener.Close()
}

// listeners are those of this process.
func listeners() (all []Listener) {
	listening.Lock()
	defer listening.Unlock()
	for key, l := range listening.all {
		fd := descriptor(l)
		if network, address, ok := strings.Cut(key, " "); ok && fd >= 0 {
			all = append(all, Listener{Network: network, Address: address, FD: fd})
		}
	}
	return all
}
