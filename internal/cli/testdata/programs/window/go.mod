module example.com/window

go 1.26.0

require fyne.io/fyne/v2 v2.7.1

replace fyne.io/fyne/v2 => ./fyne
