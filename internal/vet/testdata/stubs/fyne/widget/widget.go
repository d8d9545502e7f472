package widget

import "fyne.io/fyne/v2"

type BaseWidget struct{ Hidden bool }

func (w *BaseWidget) ExtendBaseWidget(fyne.Widget) {}
func (w *BaseWidget) MinSize() fyne.Size           { return fyne.Size{} }
func (w *BaseWidget) Move(fyne.Position)           {}
func (w *BaseWidget) Resize(fyne.Size)             {}
func (w *BaseWidget) Show()                        {}
func (w *BaseWidget) Hide()                        {}
func (w *BaseWidget) Refresh()                     {}

type Label struct {
	BaseWidget
	Text string
}

func NewLabel(s string) *Label                       { return &Label{Text: s} }
func (l *Label) SetText(s string)                    { l.Text = s }
func (l *Label) CreateRenderer() fyne.WidgetRenderer { return nil }

type Button struct {
	BaseWidget
	OnTapped func()
}

func NewButton(s string, tapped func()) *Button       { return &Button{OnTapped: tapped} }
func (b *Button) Disable()                            {}
func (b *Button) CreateRenderer() fyne.WidgetRenderer { return nil }

type Entry struct {
	BaseWidget
	Text        string
	OnChanged   func(string)
	OnSubmitted func(string)
	Validator   fyne.StringValidator
}

func NewEntry() *Entry                               { return &Entry{} }
func (e *Entry) SetText(s string)                    {}
func (e *Entry) CreateRenderer() fyne.WidgetRenderer { return nil }

type List struct {
	BaseWidget
	OnSelected func(int)
}

func NewList(n func() int, create func() fyne.CanvasObject, update func(int, fyne.CanvasObject)) *List {
	return &List{}
}
func (l *List) CreateRenderer() fyne.WidgetRenderer { return nil }

type ProgressBar struct{ BaseWidget }

func NewProgressBar() *ProgressBar                         { return &ProgressBar{} }
func (p *ProgressBar) SetValue(float64)                    {}
func (p *ProgressBar) CreateRenderer() fyne.WidgetRenderer { return nil }

func NewSimpleRenderer(fyne.CanvasObject) fyne.WidgetRenderer { return nil }

type FormItem struct{ Widget fyne.CanvasObject }

type Form struct {
	BaseWidget
	Items    []*FormItem
	OnSubmit func()
	OnCancel func()
}
