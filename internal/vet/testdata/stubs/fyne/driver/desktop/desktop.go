package desktop

type MouseEvent struct{}

type Hoverable interface {
	MouseIn(*MouseEvent)
	MouseMoved(*MouseEvent)
	MouseOut()
}
