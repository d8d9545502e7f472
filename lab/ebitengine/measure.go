package main

import (
	"bytes"
	"strings"

	"github.com/hajimehoshi/ebiten/v2/text/v2"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "ebitengine-measure",
		Illness: "Update wraps a story by measuring the text so far after each word",
		ID:      []string{"ui-busy/layout"},
		Where:   []string{"main.wrap"},
	}, measure)
}

func wrap(story string, face text.Face, width float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(story) {
		longer := line + " " + word
		if w, _ := text.Measure(longer, face, 12); w > width {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	return append(lines, line)
}

func measure(*stage) part {
	source, err := text.NewGoTextFaceSource(bytes.NewReader(goregular.TTF))
	if err != nil {
		panic(err)
	}
	story := strings.Repeat("the quick brown fox jumps over the lazy dog ", 200_000)
	return part{update: func(tick int) {
		if ill(tick) {
			wrap(story, &text.GoTextFace{Source: source, Size: 12}, 2000)
		}
	}}
}
