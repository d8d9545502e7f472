package glfw

type Window struct{}
type Key int
type KeyCallback func(w *Window, key Key)

func Init() error                                           { return nil }
func Terminate()                                            {}
func CreateWindow(w, h int, t string) (*Window, error)      { return nil, nil }
func PollEvents()                                           {}
func WaitEvents()                                           {}
func PostEmptyEvent()                                       {}
func (w *Window) MakeContextCurrent()                       {}
func (w *Window) SwapBuffers()                              {}
func (w *Window) ShouldClose() bool                         { return true }
func (w *Window) SetTitle(string)                           {}
func (w *Window) SetKeyCallback(cb KeyCallback) KeyCallback { return nil }
