package app

import (
	"gioui.org/io/event"
	"gioui.org/layout"
	"gioui.org/op"
)

type Window struct{}

func (w *Window) Event() event.Event { return nil }
func (w *Window) Invalidate()        {}
func (w *Window) Run(f func())       {}

type FrameEvent struct{ Frame func(*op.Ops) }

func (FrameEvent) ImplementsEvent() {}

type DestroyEvent struct{ Err error }

func (DestroyEvent) ImplementsEvent() {}

func NewContext(ops *op.Ops, e FrameEvent) layout.Context { return layout.Context{} }
func Main()                                               {}
