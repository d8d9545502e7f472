package main

import (
	"container/list"
	"fmt"

	"gioui.org/layout"
	"gioui.org/op"
	"gioui.org/widget/material"

	"github.com/gomedic/gomedic/lab/harness"
)

func init() {
	faults.Add(harness.Fault{
		Name:    "gio-leak-healthy-lru",
		Illness: "none: a cache of the last two hundred pages, which throws out the one that was not used for longest",
		Leak:    true,
		Healthy: true,
	}, leakHealthyLRU)
}

type cachedPage struct {
	number int
	text   []byte
}

type pages struct {
	byNumber map[int]*list.Element
	used     list.List // newest first
}

func (p *pages) get(number int) *cachedPage {
	if e, ok := p.byNumber[number]; ok {
		p.used.MoveToFront(e)
		return e.Value.(*cachedPage)
	}
	page := &cachedPage{number, make([]byte, 4<<10)}
	p.byNumber[number] = p.used.PushFront(page)
	if p.used.Len() > 200 {
		delete(p.byNumber, p.used.Remove(p.used.Back()).(*cachedPage).number)
	}
	return page
}

func leakHealthyLRU(s *stage) func(layout.Context) layout.Dimensions {
	read, n := pages{byNumber: make(map[int]*list.Element)}, 0
	for n < 200 {
		read.get(n)
		n++
	}
	s.Later(harness.Armed)
	return func(gtx layout.Context) layout.Dimensions {
		gtx.Execute(op.InvalidateCmd{At: gtx.Now.Add(frameTime)})
		n++
		read.get(n % 7)
		return material.H4(s.theme, fmt.Sprint("a book of ", read.get(n).number/1000+1, " volumes")).Layout(gtx)
	}
}
