// Package fyne has as much of Fyne's API as the cases need.
package fyne

import "io"

type Size struct{ Width, Height float32 }
type Position struct{ X, Y float32 }

type CanvasObject interface {
	MinSize() Size
	Move(Position)
	Resize(Size)
	Show()
	Hide()
	Refresh()
}

type Widget interface {
	CanvasObject
	CreateRenderer() WidgetRenderer
}

type WidgetRenderer interface {
	Destroy()
	Layout(Size)
	MinSize() Size
	Objects() []CanvasObject
	Refresh()
}

type Layout interface {
	Layout([]CanvasObject, Size)
	MinSize([]CanvasObject) Size
}

type PointEvent struct{ Position Position }
type KeyEvent struct{ Name string }
type DragEvent struct{ Dragged Position }

type Tappable interface{ Tapped(*PointEvent) }
type Draggable interface {
	Dragged(*DragEvent)
	DragEnd()
}
type Focusable interface {
	FocusGained()
	FocusLost()
	TypedRune(rune)
	TypedKey(*KeyEvent)
}

type App interface {
	NewWindow(string) Window
	Run()
	Quit()
	Lifecycle() Lifecycle
	Preferences() Preferences
	SendNotification(*Notification)
}

type Notification struct{ Title, Content string }

type Preferences interface {
	String(string) string
	SetString(string, string)
}

type Lifecycle interface{ SetOnStarted(func()) }

type Window interface {
	SetContent(CanvasObject)
	SetTitle(string)
	Title() string
	Show()
	ShowAndRun()
	Close()
	SetOnClosed(func())
	SetCloseIntercept(func())
	Canvas() Canvas
}

type Canvas interface {
	SetOnTypedKey(func(*KeyEvent))
	Refresh(CanvasObject)
}

type Container struct{ Objects []CanvasObject }

func (c *Container) MinSize() Size      { return Size{} }
func (c *Container) Move(Position)      {}
func (c *Container) Resize(Size)        {}
func (c *Container) Show()              {}
func (c *Container) Hide()              {}
func (c *Container) Refresh()           {}
func (c *Container) Add(o CanvasObject) { c.Objects = append(c.Objects, o) }

type MenuItem struct {
	Label  string
	Action func()
}

func NewMenuItem(label string, action func()) *MenuItem { return &MenuItem{label, action} }

type Animation struct{ Tick func(float32) }

func NewAnimation(ms int, tick func(float32)) *Animation { return &Animation{tick} }
func (a *Animation) Start()                              {}

type StringValidator func(string) error

type URI interface{ String() string }

type URIReadCloser interface {
	io.ReadCloser
	URI() URI
}

func Do(f func())            { f() }
func DoAndWait(f func())     { f() }
func CurrentApp() App        { return nil }
func LogError(string, error) {}
