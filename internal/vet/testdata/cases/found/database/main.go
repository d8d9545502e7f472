// A handler asks a database.
package main

import (
	"database/sql"
	"fyne.io/fyne/v2/app"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

type repo struct{ db *sql.DB }

func (r *repo) names() {
	r.db.Query("select name from people") // want "risky-call.*Query"
}

func run(w fyne.Window) {
	r := &repo{}
	w.SetContent(widget.NewList(func() int { return 1 }, nil, func(int, fyne.CanvasObject) { r.names() }))
}

func main() { run(app.New().NewWindow("w")) }
