package decode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

const (
	maxFont   = 128 << 20
	maxTables = 512
)

// table is an entry of a font's directory.
type table struct {
	tag              string
	offset, size, at uint32
}

// directory reads the tables of a font at base, and checks that they are there.
func (r *Result) directory(data []byte, base int) (tables []table, ok bool) {
	if base < 0 || base+12 > len(data) {
		r.fail(Truncated, int64(len(data)), "the table directory")
		return nil, false
	}
	n := int(binary.BigEndian.Uint16(data[base+4:]))
	if n == 0 || n > maxTables {
		r.fail(Structure, int64(base)+4, fmt.Sprintf("%d tables", n))
		return nil, false
	}
	for i := range n {
		at := base + 12 + 16*i
		if at+16 > len(data) {
			r.fail(Truncated, int64(len(data)), "the table directory")
			return nil, false
		}
		t := table{string(data[at : at+4]), binary.BigEndian.Uint32(data[at+8:]), binary.BigEndian.Uint32(data[at+12:]), uint32(at)}
		if uint64(t.offset)+uint64(t.size) > uint64(len(data)) {
			r.fail(Truncated, int64(len(data)), fmt.Sprintf("table %q ends at %d, the file at %d", t.tag, uint64(t.offset)+uint64(t.size), len(data)))
			return nil, false
		}
		tables = append(tables, t)
	}
	return tables, true
}

func find(tables []table, tag string) *table {
	for i := range tables {
		if tables[i].tag == tag {
			return &tables[i]
		}
	}
	return nil
}

// decodeFont checks the tables that every program needs, then parses the font and loads
// some of its glyphs.
func decodeFont(r *Result, data []byte, _ Options) {
	if len(data) > maxFont {
		r.Note, r.Checked = NoteLarge, false
		return
	}
	base := 0
	if r.Format == "ttc" {
		if len(data) < 16 {
			r.fail(Truncated, int64(len(data)), "")
			return
		}
		n := binary.BigEndian.Uint32(data[8:])
		if n == 0 || n > 1024 {
			r.fail(Structure, 8, fmt.Sprintf("%d fonts", n))
			return
		}
		r.Frames, base = int(n), int(binary.BigEndian.Uint32(data[12:]))
	}
	tables, ok := r.directory(data, base)
	if !ok {
		return
	}
	for _, tag := range []string{"head", "maxp", "cmap"} {
		if find(tables, tag) == nil {
			r.fail(Structure, int64(base)+4, fmt.Sprintf("it has no table %q", tag))
			return
		}
	}
	if t := find(tables, "maxp"); t.size >= 6 {
		r.Glyphs = int(binary.BigEndian.Uint16(data[t.offset+4:]))
	}
	if r.Glyphs == 0 {
		r.fail(Structure, int64(find(tables, "maxp").offset), "it has no glyph")
		return
	}
	r.outlines(data, tables)
	if r.Fault != nil {
		return
	}
	f, err := sfnt.Parse(data)
	if r.Format == "ttc" {
		var c *sfnt.Collection
		if c, err = sfnt.ParseCollection(data); err == nil {
			f, err = c.Font(0)
		}
	}
	if err != nil {
		// Fonts that the package does not read, and others do: pictures instead of outlines,
		// CFF 2, tables in another order.
		if s := err.Error(); strings.Contains(s, "unsupported") || strings.Contains(s, "tag order") || strings.Contains(s, "invalid table offset") || find(tables, "glyf") == nil && find(tables, "CFF ") == nil {
			r.Note = NoteHeader
			return
		}
		r.fail(code(err), r.tableOf(tables, err), oneLine(err))
		return
	}
	var buf sfnt.Buffer
	if name, err := f.Name(&buf, sfnt.NameIDFamily); err == nil {
		r.Family = name
	}
	// Some outlines, spread over the font: a cut or overwritten table shows there.
	bad, first := 0, error(nil)
	step := max(1, r.Glyphs/200)
	for g := 0; g < r.Glyphs; g += step {
		if _, err := f.LoadGlyph(&buf, sfnt.GlyphIndex(g), fixed.I(16), nil); err != nil && !strings.Contains(err.Error(), "unsupported") && !errors.Is(err, sfnt.ErrColoredGlyph) && !errors.Is(err, sfnt.ErrNotFound) {
			if bad++; first == nil {
				first = fmt.Errorf("glyph %d: %w", g, err)
			}
		}
	}
	if bad > 0 {
		at := find(tables, "glyf")
		if at == nil {
			at = find(tables, "CFF ")
		}
		r.fail(Structure, int64(at.offset), oneLine(first))
	}
}

// outlines checks that the table of places (loca) leads into that of outlines (glyf).
func (r *Result) outlines(data []byte, tables []table) {
	loca, glyf, head := find(tables, "loca"), find(tables, "glyf"), find(tables, "head")
	if loca == nil || glyf == nil || head.size < 54 {
		if head.size < 54 {
			r.fail(Structure, int64(head.offset), `table "head" is too short`)
		}
		return
	}
	long := binary.BigEndian.Uint16(data[head.offset+50:]) != 0
	width := uint32(2)
	if long {
		width = 4
	}
	if uint64(loca.size) < uint64(width)*uint64(r.Glyphs+1) {
		r.fail(Structure, int64(loca.offset), fmt.Sprintf("table \"loca\" has %d bytes for %d glyphs", loca.size, r.Glyphs))
		return
	}
	last := uint32(0)
	for g := 0; g <= r.Glyphs; g++ {
		at := loca.offset + uint32(g)*width
		to := uint32(binary.BigEndian.Uint16(data[at:])) * 2
		if long {
			to = binary.BigEndian.Uint32(data[at:])
		}
		if to < last || to > glyf.size {
			r.fail(Structure, int64(at), fmt.Sprintf("the place of glyph %d is outside of table \"glyf\"", g))
			return
		}
		last = to
	}
}

// tableOf is where the table is that an error names.
func (r *Result) tableOf(tables []table, err error) int64 {
	for _, t := range tables {
		if bytes.Contains([]byte(err.Error()), []byte(t.tag)) {
			return int64(t.offset)
		}
	}
	return -1
}

// decodeWOFF unpacks the tables one by one.
func decodeWOFF(r *Result, data []byte, _ Options) {
	const header, entry = 44, 20
	if len(data) < header {
		r.fail(Truncated, int64(len(data)), "the header")
		return
	}
	if n := binary.BigEndian.Uint32(data[8:]); uint64(n) > uint64(len(data)) {
		r.fail(Truncated, int64(len(data)), fmt.Sprintf("it has %d bytes, its header says %d", len(data), n))
		return
	}
	n := int(binary.BigEndian.Uint16(data[12:]))
	if n == 0 || n > maxTables || header+entry*n > len(data) {
		r.fail(Structure, 12, fmt.Sprintf("%d tables", n))
		return
	}
	total := uint64(0)
	for i := range n {
		e := data[header+entry*i:]
		tag := string(e[:4])
		off, packed, plain := binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		if uint64(off)+uint64(packed) > uint64(len(data)) {
			r.fail(Truncated, int64(len(data)), fmt.Sprintf("table %q", tag))
			return
		}
		if total += uint64(plain); total > maxFont {
			r.Note = NoteLarge
			return
		}
		b := data[off : off+packed]
		if packed < plain {
			z, err := zlib.NewReader(bytes.NewReader(b))
			if err == nil {
				b, err = io.ReadAll(io.LimitReader(z, int64(plain)+1))
			}
			if err == nil && uint32(len(b)) != plain {
				err = fmt.Errorf("%d bytes instead of %d", len(b), plain)
			}
			if err != nil {
				r.fail(code(err), int64(off), fmt.Sprintf("table %q: %s", tag, oneLine(err)))
				return
			}
		}
		if tag == "maxp" && len(b) >= 6 {
			r.Glyphs = int(binary.BigEndian.Uint16(b[4:]))
		}
	}
}

// knownTags are the tables that WOFF 2 names by number (W3C, section 5.2).
var knownTags = [...]string{"cmap", "head", "hhea", "hmtx", "maxp", "name", "OS/2", "post", "cvt ", "fpgm", "glyf", "loca", "prep", "CFF ", "VORG", "EBDT",
	"EBLC", "gasp", "hdmx", "kern", "LTSH", "PCLT", "VDMX", "vhea", "vmtx", "BASE", "GDEF", "GPOS", "GSUB", "EBSC", "JSTF", "MATH", "CBDT", "CBLC", "COLR", "CPAL",
	"SVG ", "sbix", "acnt", "avar", "bdat", "bloc", "bsln", "cvar", "fdsc", "feat", "fmtx", "fvar", "gvar", "hsty", "just", "lcar", "mort", "morx", "opbd", "prop",
	"trak", "Zapf", "Silf", "Glat", "Gloc", "Feat", "Sill"}

// decodeWOFF2 unpacks the one stream that holds all tables.
func decodeWOFF2(r *Result, data []byte, _ Options) {
	const header = 48
	if len(data) < header {
		r.fail(Truncated, int64(len(data)), "the header")
		return
	}
	if n := binary.BigEndian.Uint32(data[8:]); uint64(n) > uint64(len(data)) {
		r.fail(Truncated, int64(len(data)), fmt.Sprintf("it has %d bytes, its header says %d", len(data), n))
		return
	}
	n := int(binary.BigEndian.Uint16(data[12:]))
	packed := binary.BigEndian.Uint32(data[20:])
	if n == 0 || n > maxTables {
		r.fail(Structure, 12, fmt.Sprintf("%d tables", n))
		return
	}
	at := header
	total, maxp := uint64(0), uint64(0)
	found := false
	for range n {
		if at >= len(data) {
			r.fail(Truncated, int64(len(data)), "the table directory")
			return
		}
		flags := data[at]
		at++
		tag := ""
		if i := int(flags & 63); i < len(knownTags) {
			tag = knownTags[i]
		} else if at+4 <= len(data) {
			tag = string(data[at : at+4])
			at += 4
		}
		size, k := base128(data[min(at, len(data)):])
		at += k
		// glyf and loca are transformed unless their version is 3, others if it is not 0.
		version := flags >> 6
		if transformed := (tag == "glyf" || tag == "loca") && version != 3 || tag != "glyf" && tag != "loca" && version != 0; transformed {
			var k2 int
			size, k2 = base128(data[min(at, len(data)):])
			at += k2
			k = k2
		}
		if k == 0 {
			r.fail(Structure, int64(at), "the table directory")
			return
		}
		if tag == "maxp" {
			maxp, found = total, true
		}
		total += size
	}
	if string(data[4:8]) == "ttcf" { // a collection: its own directory follows
		r.Note = NoteHeader
		return
	}
	if total > maxFont || uint64(at)+uint64(packed) > uint64(len(data)) {
		if total > maxFont {
			r.Note = NoteLarge
		} else {
			r.fail(Truncated, int64(len(data)), "the packed tables")
		}
		return
	}
	z := brotli.NewReader(bytes.NewReader(data[at : at+int(packed)]))
	plain, err := io.ReadAll(io.LimitReader(z, int64(total)+1))
	if err == nil && uint64(len(plain)) < total {
		err = fmt.Errorf("%d bytes instead of %d: %w", len(plain), total, io.ErrUnexpectedEOF)
	}
	if err != nil {
		r.fail(code(err), int64(at), oneLine(err))
		return
	}
	if found && maxp+6 <= uint64(len(plain)) {
		r.Glyphs = int(binary.BigEndian.Uint16(plain[maxp+4:]))
	}
}

func base128(b []byte) (v uint64, n int) {
	for i := 0; i < 5 && i < len(b); i++ {
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i]&0x80 == 0 {
			return v, i + 1
		}
	}
	return 0, 0
}
