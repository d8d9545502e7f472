package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/gomedic/gomedic/internal/text"
)

// WriteDOT writes the chains of leaks as one graph in the DOT language of
// Graphviz: an object that lies on several chains is one node, references are
// edges with their names, and the suspect ones are red. Sentences are in lang.
// The error is the writer's.
func WriteDOT(w io.Writer, leaks []*Leak, lang text.Lang) error {
	var b bytes.Buffer
	b.WriteString("digraph leaks {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"sans-serif\", fontsize=11];\n\tedge [fontname=\"sans-serif\", fontsize=10];\n")
	nodes := map[string]int{}
	edges := map[string]bool{}
	for n, l := range leaks {
		before := -1
		for i := range l.Chain {
			link := &l.Chain[i]
			last := i == len(l.Chain)-1
			words := wordsOfLink(link, last, lang)
			key := nodeKey(n, i, link)
			id, known := nodes[key]
			if !known {
				id = len(nodes)
				nodes[key] = id
				lines := []string{strings.TrimSpace(words.kind + " " + words.name)}
				for _, s := range append([]string{words.at}, append(words.facts, words.leaks)...) {
					if s != "" {
						lines = append(lines, s)
					}
				}
				fmt.Fprintf(&b, "\tn%d [label=%s%s];\n", id, quoteDOT(strings.Join(lines, "\n")), nodeStyle(link))
			}
			if before >= 0 {
				from := &l.Chain[i-1]
				edge := fmt.Sprintf("\tn%d -> n%d [label=%s%s];\n", before, id, quoteDOT(from.Ref), edgeStyle(from))
				if !edges[edge] {
					edges[edge] = true
					b.WriteString(edge)
				}
			}
			before = id
		}
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// nodeKey is equal for links that are one object: by its address, of a root by
// its name. Of others nothing is known, each is its own.
func nodeKey(leak, i int, l *LeakLink) string {
	switch {
	case l.Addr != "":
		return "a" + l.Addr
	case i == 0 && l.Name != "":
		return fmt.Sprintf("r%s %d %s", l.Kind, l.Goroutine, l.Name)
	}
	return fmt.Sprintf("%d/%d", leak, i)
}

func nodeStyle(l *LeakLink) string {
	switch l.Leaks {
	case "yes":
		return ", color=\"#c62828\", penwidth=2"
	case "no":
		return ", color=\"#23783a\""
	}
	return ""
}

func edgeStyle(l *LeakLink) string {
	if l.Suspect {
		return ", color=\"#c62828\", fontcolor=\"#c62828\", penwidth=2"
	}
	return ""
}

// quoteDOT makes a quoted string of the DOT language; a line break in it is one
// in the label. Names come from the target: nothing of them may end the string.
func quoteDOT(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.ReplaceAll(strings.ReplaceAll(clean(lines[i]), `\`, `\\`), `"`, `\"`)
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
