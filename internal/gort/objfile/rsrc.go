package objfile

import (
	"encoding/binary"
	"fmt"
)

// Resource is a resource of a Windows program.
type Resource struct {
	Name string // "icon/1.ico", "manifest/1.xml"
	Addr uint64
	Data []byte
}

// The types of resources that are shown (winuser.h, RT_…).
var resourceTypes = map[uint32][2]string{1: {"cursor", ".cur"}, 2: {"bitmap", ".dib"}, 3: {"icon", ""}, 10: {"data", ""}, 14: {"icon-group", ""}, 16: {"version", ""}, 24: {"manifest", ".xml"}}

const maxResources = 4096

// Resources reads the tree of a Windows program's resources: type, name, language.
func (m *Image) Resources() (out []Resource) {
	if m.rsrc == nil {
		return nil
	}
	budget := maxResources
	entries := func(at uint32) (list [][2]uint32) {
		if uint64(at)+16 > uint64(len(m.rsrc)) {
			return nil
		}
		n := int(binary.LittleEndian.Uint16(m.rsrc[at+12:])) + int(binary.LittleEndian.Uint16(m.rsrc[at+14:]))
		for i := range n {
			e := uint64(at) + 16 + 8*uint64(i)
			if budget--; budget < 0 || e+8 > uint64(len(m.rsrc)) {
				return list
			}
			list = append(list, [2]uint32{binary.LittleEndian.Uint32(m.rsrc[e:]), binary.LittleEndian.Uint32(m.rsrc[e+4:])})
		}
		return list
	}
	const folder = 1 << 31
	for _, t := range entries(0) {
		kind, ok := resourceTypes[t[0]]
		if !ok || t[1]&folder == 0 {
			continue
		}
		for _, id := range entries(t[1] &^ folder) {
			if id[1]&folder == 0 {
				continue
			}
			for _, language := range entries(id[1] &^ folder) {
				at := uint64(language[1])
				if language[1]&folder != 0 || at+16 > uint64(len(m.rsrc)) {
					continue
				}
				rva, size := binary.LittleEndian.Uint32(m.rsrc[at:]), binary.LittleEndian.Uint32(m.rsrc[at+4:])
				off := uint64(rva) - uint64(m.rsrcRVA)
				if rva < m.rsrcRVA || off+uint64(size) > uint64(len(m.rsrc)) {
					continue
				}
				r := Resource{Name: fmt.Sprintf("%s/%d%s", kind[0], id[0]&0xffff, kind[1]), Addr: uint64(rva), Data: m.rsrc[off : off+uint64(size)]}
				if kind[0] == "icon" && len(r.Data) > 8 && string(r.Data[1:4]) == "PNG" {
					r.Name += ".png"
				}
				out = append(out, r)
			}
		}
	}
	return out
}
