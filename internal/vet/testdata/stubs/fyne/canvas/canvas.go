package canvas

import "fyne.io/fyne/v2"

func Refresh(fyne.CanvasObject) {}
