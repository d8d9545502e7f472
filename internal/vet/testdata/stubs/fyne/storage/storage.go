package storage

import "fyne.io/fyne/v2"

func NewFileURI(string) fyne.URI                  { return nil }
func Reader(fyne.URI) (fyne.URIReadCloser, error) { return nil, nil }
func Exists(fyne.URI) (bool, error)               { return false, nil }
