// A widget function that is given to the toolkit.
package main

import (
	"time"

	gapp "gioui.org/app"
	"gioui.org/layout"
)

func row(gtx layout.Context) layout.Dimensions {
	return layout.Flex{}.Layout(gtx, layout.Rigid(func(gtx layout.Context) layout.Dimensions {
		time.Sleep(time.Second) // want "risky-call.*time.Sleep"
		return layout.Dimensions{}
	}))
}

func main() { gapp.Main() }
