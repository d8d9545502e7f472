package image

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"testing"

	"github.com/gomedic/gomedic/internal/proc"
)

// refuse checks that what change makes of a good file is refused for a reason.
func refuse(t *testing.T, name string, b []byte, want proc.Reason) {
	t.Helper()
	m, err := New(bytes.NewReader(b), int64(len(b)))
	if err == nil {
		err = m.Verify(t.Context())
		m.Close()
	}
	if got := proc.ReasonOf(err); got != want {
		t.Errorf("%s: %v, want reason %s", name, err, want)
	}
}

func TestRefuses(t *testing.T) {
	src, _ := sample()
	good, _ := encode(t, src, Options{})
	change := func(at int, b byte) []byte {
		c := bytes.Clone(good)
		c[at] ^= b
		return c
	}
	refuse(t, "nothing", nil, proc.NotImage)
	refuse(t, "a text", []byte("the window was grey, and nothing else"), proc.NotImage)
	for n := 1; n < len(good); n += 1 + n/3 {
		refuse(t, "cut off", good[:n], proc.Truncated)
	}
	refuse(t, "its last byte is missing", good[:len(good)-1], proc.Truncated)
	refuse(t, "longer", append(bytes.Clone(good), 0), proc.Truncated)
	newer := bytes.Clone(good)
	newer[8] = 2
	refuse(t, "newer", newer, proc.Newer)
	refuse(t, "header", change(13, 1), proc.Damaged)
	refuse(t, "first chunk", change(headerSize+7, 1), proc.Damaged)
	refuse(t, "index", change(len(good)-trailerSize-3, 1), proc.Damaged)
	refuse(t, "trailer", change(len(good)-trailerSize, 1), proc.Damaged)

	src.Meta.Arch = "riscv64"
	foreign, _ := encode(t, src, Options{})
	refuse(t, "foreign", foreign, proc.OtherArch)
}

// forge makes a heap file of an index that says what it likes.
func forge(h *head, records []record, chunks []byte) []byte {
	j, err := json.Marshal(h)
	if err != nil {
		panic(err)
	}
	var all []byte
	for i := range records {
		all = records[i].append(all)
	}
	return forgeRaw(j, all, chunks)
}

func forgeRaw(head, records, chunks []byte) []byte {
	packed, raw, err := pack(head, records)
	if err != nil {
		panic(err)
	}
	b := append(header(), chunks...)
	return append(append(b, packed...), trailer(uint64(len(b)), packed, raw)...)
}

func TestHostileIndex(t *testing.T) {
	chunk := newEncoder().EncodeAll(random(1, pageSize), nil)
	page := func(change func(*record)) []record {
		r := record{addr: 0x10000, length: 2 * pageSize, offset: headerSize, stored: uint32(len(chunk)), crc: crc32.Checksum(chunk, castagnoli)}
		r.set(0, storedPage)
		change(&r)
		return []record{r}
	}
	fine := head{Meta: Meta{Schema: Schema, Arch: "amd64"}}
	withFile := fine
	withFile.Files = []headFile{{Path: "x", Size: pageSize}}
	for _, tt := range []struct {
		name    string
		h       head
		records []record
		want    proc.Reason
	}{
		{"fine", fine, page(func(*record) {}), ""},
		{"no length", fine, page(func(r *record) { r.length = 0 }), proc.Damaged},
		{"beyond the address space", fine, page(func(r *record) { r.addr = ^uint64(0) - pageSize + 1 }), proc.Damaged},
		{"too large", fine, page(func(r *record) { r.length = 2 * chunkSize }), proc.Damaged},
		{"unaligned", fine, page(func(r *record) { r.addr++ }), proc.Damaged},
		{"half a page", fine, page(func(r *record) { r.length -= 8 }), proc.Damaged},
		{"kind", fine, page(func(r *record) { r.kind = 9 }), proc.Damaged},
		{"space", fine, page(func(r *record) { r.space = 1 }), proc.Damaged},
		{"backing", fine, page(func(r *record) { r.backing = 7 }), proc.Damaged},
		{"page of no file", fine, page(func(r *record) { r.set(1, filePage) }), proc.Damaged},
		{"page too many", fine, page(func(r *record) { r.set(2, storedPage) }), proc.Damaged},
		{"chunk in the index", fine, page(func(r *record) { r.offset += 100 }), proc.Damaged},
		{"chunk beyond", fine, page(func(r *record) { r.offset = 1 << 60 }), proc.Damaged},
		{"chunk too long", fine, page(func(r *record) { r.stored = 1 << 30 }), proc.Damaged},
		{"chunk of more pages", fine, page(func(r *record) { r.set(1, storedPage) }), proc.Damaged},
		{"twice", fine, append(page(func(*record) {}), page(func(*record) {})...), proc.Damaged},
		{"overlap", fine, append(page(func(*record) {}), page(func(r *record) { r.addr += pageSize })...), proc.Damaged},
		{"a file of nothing", withFile, page(func(*record) {}), proc.Damaged},
		{"a page beyond its file", withFile, append(page(func(r *record) {
			r.set(1, filePage)
			r.backing, r.from = 1, 1<<40
		}), record{space: 1, length: pageSize, kind: allZero}), proc.Damaged},
		{"no schema", head{}, nil, proc.Damaged},
		{"same as itself", head{Meta: fine.Meta, Files: []headFile{{Same: 1}}}, nil, proc.Damaged},
		{"huge file", head{Meta: fine.Meta, Files: []headFile{{Size: 1 << 60}}}, nil, proc.Damaged},
		{"mappings backwards", head{Meta: fine.Meta, Mappings: []headMapping{{Start: 9, End: 8}}}, nil, proc.Damaged},
		{"short permissions", head{Meta: fine.Meta, Mappings: []headMapping{{Start: 8, End: 9, Perms: "r"}}}, nil, ""},
	} {
		b := forge(&tt.h, tt.records, chunk)
		m, err := New(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			_, _ = m.Mappings()
			err = m.Verify(t.Context())
		}
		if got := proc.ReasonOf(err); got != tt.want || (err == nil) != (tt.want == "") {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
