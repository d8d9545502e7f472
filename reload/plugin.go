//go:build gomedic_reload && cgo && (linux || darwin || freebsd)

package reload

import "plugin"

// pluginsWhyNot is empty: code can be loaded. The tag is not set in production because
// a program that imports package plugin keeps all its code and symbols, and is larger.
const pluginsWhyNot = ""

// OpenPlugin loads a plugin; its init functions register its components. The same file is
// loaded once. A plugin cannot be unloaded. For Options.Open; elsewhere than in programs
// that are built with cgo and the tag gomedic_reload it is an error.
func OpenPlugin(path string) error {
	_, err := plugin.Open(path)
	return err
}
