package app

import "fyne.io/fyne/v2"

func New() fyne.App { return nil }
