module example.com/cases

go 1.26

require (
	fyne.io/fyne/v2 v2.7.1
	gioui.org v0.9.0
	github.com/go-gl/gl v0.0.0
	github.com/gomedic/gomedic v0.0.0
	github.com/go-gl/glfw/v3.3/glfw v0.0.0
	github.com/hajimehoshi/ebiten/v2 v2.9.9
	golang.org/x/sync v0.17.0
)

replace (
	fyne.io/fyne/v2 => ../stubs/fyne
	gioui.org => ../stubs/gio
	github.com/go-gl/gl => ../stubs/gl
	github.com/gomedic/gomedic => ../stubs/gomedic
	github.com/go-gl/glfw/v3.3/glfw => ../stubs/glfw/v3.3/glfw
	github.com/hajimehoshi/ebiten/v2 => ../stubs/ebiten
	golang.org/x/sync => ../stubs/errgroup
)
