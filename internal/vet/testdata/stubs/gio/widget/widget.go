package widget

import "gioui.org/layout"

type Clickable struct{}

func (c *Clickable) Clicked(gtx layout.Context) bool { return false }
