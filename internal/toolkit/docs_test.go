package toolkit

import (
	"os"
	"strings"
	"testing"
)

// The tables of docs/toolkits.md, in both languages, name each toolkit with the
// versions of its tables.
func TestDocsNameEveryToolkit(t *testing.T) {
	for file, between := range map[string]string{"../../docs/toolkits.md": " to ", "../../docs/zh/toolkits.md": " 至 "} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, tk := range All() {
			if row := "| " + tk.Title + " | " + tk.First + between + tk.Last + " |"; !strings.Contains(string(text), row) {
				t.Errorf("%s lacks the row %q", file, row)
			}
			if !strings.Contains(string(text), "\n## "+tk.Title+"\n") {
				t.Errorf("%s lacks a part on %s", file, tk.Title)
			}
		}
	}
}
