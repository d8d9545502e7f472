package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:      "fyne-database-pool",
		Illness:   "a button queries a database whose only connection a forgotten Rows keeps",
		ID:        []string{"ui-blocked/channel"},
		Where:     []string{"main.countOrders"},
		NoBlocker: true,
	}, databasePool)
}

// memory is a database in memory: a driver without any connection.
type memory struct{ next int }

func (m *memory) Connect(context.Context) (driver.Conn, error)      { return m, nil }
func (m *memory) Driver() driver.Driver                             { return nil }
func (m *memory) Prepare(string) (driver.Stmt, error)               { return nil, errors.New("not prepared") }
func (m *memory) Close() error                                      { return nil }
func (m *memory) Begin() (driver.Tx, error)                         { return nil, errors.New("no transactions") }
func (m *memory) Columns() []string                                 { return []string{"id"} }
func (m *memory) Query(string, []driver.Value) (driver.Rows, error) { return m, nil }

func (m *memory) Next(row []driver.Value) error {
	if m.next++; m.next > 1000 {
		return io.EOF
	}
	row[0] = int64(m.next)
	return nil
}

func countOrders(db *sql.DB) (n int) {
	rows, err := db.Query("select id from orders")
	if err != nil {
		return 0
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n
}

// firstOrder reads one row and forgets to close.
func firstOrder(db *sql.DB) (id int) {
	rows, err := db.Query("select id from orders limit 1")
	if err == nil && rows.Next() {
		rows.Scan(&id)
	}
	return id
}

func databasePool(s *stage) fyne.CanvasObject {
	db := sql.OpenDB(&memory{})
	db.SetMaxOpenConns(1)
	shown := widget.NewLabel(strconv.Itoa(firstOrder(db)))
	button := widget.NewButton("Count", func() {
		harness.Armed()
		shown.SetText(strconv.Itoa(countOrders(db)))
	})
	s.Click(button)
	return container.NewVBox(button, shown)
}
