package dialog

import "fyne.io/fyne/v2"

type FileDialog struct{}

func NewFileOpen(cb func(fyne.URIReadCloser, error), w fyne.Window) *FileDialog { return &FileDialog{} }
func (d *FileDialog) Show()                                                     {}
func (d *FileDialog) SetFileName(string)                                        {}
func ShowConfirm(title, msg string, cb func(bool), w fyne.Window)               {}
func ShowError(err error, w fyne.Window)                                        {}
