// Package app is a stand-in for Fyne's: a loop with the names of the real one
// and no window, so that the commands' tests need neither a display nor C.
package app

import "fyne.io/fyne/v2/internal/driver/glfw"

// Run runs the loop; turn is called in each of its turns, as callbacks are.
func Run(turn func()) { glfw.Run(turn) }
