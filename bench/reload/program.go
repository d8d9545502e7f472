//go:build linux

package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// host is the program's main: a window, and commands on standard input.
//
//go:embed host.go.txt
var host string

// modulePath is the program's module, and component the package that shows it.
const (
	modulePath = "example.com/shop"
	component  = modulePath + "/ui/orders"
	edited     = "ui/row/row.go"
)

// layers are the packages that show nothing, from the lowest up.
var layers = []string{
	"money", "clock", "text", "model", "rules", "store", "tax", "stock", "price",
	"customer", "basket", "delivery", "report", "search", "export", "session",
}

// writeProgram writes a Fyne program of 20 packages into dir: sixteen that
// compute, three that draw (row, list, orders), and main. go.mod and go.sum are
// the lab's, so that the toolkit's version is the one the lab tests.
func writeProgram(dir, lab string) error {
	files := map[string]string{"main.go": host}
	for i, name := range layers {
		files[filepath.Join("shop", name, name+".go")] = layer(i, name)
	}
	files[edited] = rowSource(0)
	files["ui/list/list.go"] = listSource
	files["ui/orders/orders.go"] = ordersSource
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	mod, err := os.ReadFile(filepath.Join(lab, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(lab, "go.sum"))
	if err != nil {
		return err
	}
	var keep []string
	for line := range strings.Lines(string(mod)) {
		if !strings.Contains(line, "gomedic") {
			keep = append(keep, line)
		}
	}
	text := "module " + modulePath + "\n" + strings.Join(keep, "")
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o644)
}

// layer is one package that computes: a type, a method and functions that use
// the package below.
func layer(i int, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package %s is layer %d of a program that is only there to be measured.\npackage %s\n\n", name, i, name)
	if i == 0 {
		b.WriteString("import \"fmt\"\n\n")
	} else {
		fmt.Fprintf(&b, "import (\n\t\"fmt\"\n\t\"sort\"\n\n\tbelow \"%s/shop/%s\"\n)\n\n", modulePath, layers[i-1])
	}
	b.WriteString("// Item is one thing of this layer.\ntype Item struct {\n\tName string\n\tCount int\n}\n\n")
	b.WriteString("// String returns the item as people write it.\nfunc (i Item) String() string { return fmt.Sprintf(\"%s × %d\", i.Name, i.Count) }\n\n")
	if i == 0 {
		b.WriteString("// Items returns n items.\nfunc Items(n int) []Item {\n\tout := make([]Item, n)\n\tfor i := range out {\n\t\tout[i] = Item{fmt.Sprint(\"item \", i), i}\n\t}\n\treturn out\n}\n")
	} else {
		b.WriteString("// Items returns n items, of those below, the largest first.\nfunc Items(n int) []Item {\n\tvar out []Item\n\tfor _, b := range below.Items(n) {\n\t\tout = append(out, Item{b.Name, b.Count + 1})\n\t}\n\tsort.Slice(out, func(i, j int) bool { return out[i].Count > out[j].Count })\n\treturn out\n}\n")
	}
	return b.String()
}

// rowSource is the file that is edited: one line of its function holds n.
func rowSource(n int) string {
	return fmt.Sprintf(`// Package row draws one line of an order.
package row

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"example.com/shop/shop/session"
)

// Version is how one sees which code runs.
func Version() int { return %d }

// New returns the row of an item.
func New(i session.Item) fyne.CanvasObject {
	return widget.NewLabel(fmt.Sprintf("%%s (%%d)", i, Version()))
}
`, n)
}

const listSource = `// Package list draws rows below each other.
package list

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"example.com/shop/shop/session"
	"example.com/shop/ui/row"
)

// New returns a list of n rows.
func New(n int) fyne.CanvasObject {
	box := container.NewVBox()
	for _, item := range session.Items(n) {
		box.Add(row.New(item))
	}
	return box
}

// Version is the rows' version.
func Version() int { return row.Version() }
`

const ordersSource = `// Package orders is the component that the host shows.
package orders

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"example.com/shop/ui/list"
)

// New returns the component. It calls opened when its button is pressed.
func New(opened func(int)) fyne.CanvasObject {
	open := widget.NewButton("Open", func() { opened(Version()) })
	return container.NewBorder(widget.NewLabel("Orders"), open, nil, nil, list.New(8))
}

// Version is the rows' version.
func Version() int { return list.Version() }
`
