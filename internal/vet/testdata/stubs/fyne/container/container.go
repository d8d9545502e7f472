package container

import "fyne.io/fyne/v2"

func NewVBox(o ...fyne.CanvasObject) *fyne.Container            { return &fyne.Container{Objects: o} }
func New(l fyne.Layout, o ...fyne.CanvasObject) *fyne.Container { return &fyne.Container{Objects: o} }
