//go:build !(gomedic_reload && cgo && (linux || darwin || freebsd))

package reload

import "errors"

// pluginsWhyNot says why no code can be loaded.
const pluginsWhyNot = "this program loads no plugins: it has to be built with cgo and -tags gomedic_reload, on Linux, macOS or FreeBSD"

// OpenPlugin says that this program cannot load plugins.
func OpenPlugin(string) error { return errors.New(pluginsWhyNot) }
