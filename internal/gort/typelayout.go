package gort

import (
	"github.com/gomedic/gomedic/internal/gort/layout"
)

// typeLayout says where the parts of a type's description lie, in bytes from
// its start; -1: this version does not have the part. It comes from the
// program's layout, and what a DWARF lacks, because the program itself does not
// use it, from the table of its version.
type typeLayout struct {
	ok bool

	size                                                         int // of an abi.Type
	bytes, ptrBytes, hash, flags, kind, gcData, name, ptrToThis  int
	ptrElem, sliceElem, arrayElem, arrayLen, chanElem            int
	structPkg, structFields, fieldName, fieldType, fieldOffset   int
	fieldSize                                                    int
	ifaceMethods, imethodName, imethodSize                       int
	funcIn, funcOut                                              int
	mapKey, mapElem, mapGroup, mapGroupSize, mapFlags            int
	mapSlotSize, mapElemOff                                      int // to Go 1.26
	mapKeysOff, mapKeyStride, mapElemsOff, mapElemStride         int // since Go 1.27
	uncommonPkg, uncommonCount, uncommonMethods, methodSize      int
	methodName                                                   int
	itabInter, itabType, itabHash, itabFun                       int
	tableSize, tableCount, tableEntries                          int
	mdTypelinks, mdItablinks, mdTypeDescs, mdItabOff, mdItabSize int
	mdRodata                                                     int

	sizes [kindLast + 1]int // of a description, by kind, without what follows it
}

// maxDescription bounds the size of a type's description, without its lists.
const maxDescription = 256

func (p *Program) newTypeLayout() *typeLayout {
	sources := []*layout.Layout{p.Layout}
	if l, err := layout.ForVersion(p.GoVersion, p.Arch()); err == nil {
		sources = append(sources, l)
	}
	t := &typeLayout{ok: true}
	// A description's parts must come from one source: two would not fit together
	// where a DWARF is damaged.
	structs := func(name string) *layout.Layout {
		for _, l := range sources {
			if s, ok := l.Structs[name]; ok && s.Size > 0 && s.Size <= maxDescription {
				return l
			}
		}
		return nil
	}
	optional := func(dst *int, st, field string, limit int64) bool {
		*dst = -1
		for _, l := range sources {
			if _, ok := l.Structs[st]; !ok {
				continue
			}
			if f, ok := l.Field(st, field); ok && f.Offset >= 0 && f.Offset < limit {
				*dst = int(f.Offset)
				return true
			}
		}
		return false
	}
	at := func(dst *int, st, field string) {
		if !optional(dst, st, field, maxDescription-24) {
			t.ok = false
		}
	}
	size := func(dst *int, st string) {
		if l := structs(st); l != nil {
			*dst = int(l.Structs[st].Size)
		} else {
			t.ok = false
		}
	}
	const ty = "internal/abi.Type"
	size(&t.size, ty)
	at(&t.bytes, ty, "Size_")
	at(&t.ptrBytes, ty, "PtrBytes")
	at(&t.hash, ty, "Hash")
	at(&t.flags, ty, "TFlag")
	at(&t.kind, ty, "Kind_")
	at(&t.gcData, ty, "GCData")
	at(&t.name, ty, "Str")
	at(&t.ptrToThis, ty, "PtrToThis")
	at(&t.ptrElem, "internal/abi.PtrType", "Elem")
	at(&t.sliceElem, "internal/abi.SliceType", "Elem")
	at(&t.arrayElem, "internal/abi.ArrayType", "Elem")
	at(&t.arrayLen, "internal/abi.ArrayType", "Len")
	at(&t.chanElem, "internal/abi.ChanType", "Elem")
	at(&t.structPkg, "internal/abi.StructType", "PkgPath")
	at(&t.structFields, "internal/abi.StructType", "Fields")
	at(&t.fieldName, "internal/abi.StructField", "Name")
	at(&t.fieldType, "internal/abi.StructField", "Typ")
	at(&t.fieldOffset, "internal/abi.StructField", "Offset")
	size(&t.fieldSize, "internal/abi.StructField")
	at(&t.ifaceMethods, "internal/abi.InterfaceType", "Methods")
	at(&t.imethodName, "internal/abi.Imethod", "Name")
	size(&t.imethodSize, "internal/abi.Imethod")
	at(&t.funcIn, "internal/abi.FuncType", "InCount")
	at(&t.funcOut, "internal/abi.FuncType", "OutCount")
	at(&t.uncommonPkg, "internal/abi.UncommonType", "PkgPath")
	at(&t.uncommonCount, "internal/abi.UncommonType", "Mcount")
	at(&t.uncommonMethods, "internal/abi.UncommonType", "Moff")
	at(&t.methodName, "internal/abi.Method", "Name")
	size(&t.methodSize, "internal/abi.Method")
	at(&t.itabInter, "internal/abi.ITab", "Inter")
	at(&t.itabType, "internal/abi.ITab", "Type")
	at(&t.itabHash, "internal/abi.ITab", "Hash")
	at(&t.itabFun, "internal/abi.ITab", "Fun")

	mt := "internal/abi.MapType"
	if structs(mt) == nil {
		mt = "internal/abi.SwissMapType" // in Go 1.25
	}
	for _, e := range []struct {
		dst   *int
		field string
	}{
		{&t.mapKey, "Key"}, {&t.mapElem, "Elem"}, {&t.mapGroup, "Group"}, {&t.mapGroupSize, "GroupSize"}, {&t.mapFlags, "Flags"},
		{&t.mapSlotSize, "SlotSize"}, {&t.mapElemOff, "ElemOff"},
		{&t.mapKeysOff, "KeysOff"}, {&t.mapKeyStride, "KeyStride"}, {&t.mapElemsOff, "ElemsOff"}, {&t.mapElemStride, "ElemStride"},
	} {
		optional(e.dst, mt, e.field, maxDescription-24)
	}
	const table, md = "runtime.itabTableType", "runtime.moduledata"
	optional(&t.tableSize, table, "size", 64)
	optional(&t.tableCount, table, "count", 64)
	optional(&t.tableEntries, table, "entries", 64)
	for _, e := range []struct {
		dst   *int
		field string
	}{
		{&t.mdTypelinks, "typelinks"}, {&t.mdItablinks, "itablinks"}, {&t.mdTypeDescs, "typedesclen"},
		{&t.mdItabOff, "itaboffset"}, {&t.mdItabSize, "itabsize"}, {&t.mdRodata, "rodata"},
	} {
		optional(e.dst, md, e.field, 1<<12)
	}
	for k := range t.sizes {
		t.sizes[k] = t.size
	}
	for k, st := range map[Kind]string{
		KindArray: "ArrayType", KindChan: "ChanType", KindFunc: "FuncType", KindInterface: "InterfaceType",
		KindPointer: "PtrType", KindSlice: "SliceType", KindStruct: "StructType",
	} {
		size(&t.sizes[k], "internal/abi."+st)
	}
	if l := structs(mt); l != nil {
		t.sizes[KindMap] = int(l.Structs[mt].Size)
	} else {
		t.mapKey, t.mapElem, t.mapGroup = -1, -1, -1
	}
	for _, n := range t.sizes {
		if n < 40 || n < t.size { // of three words, the hash, its companions and two more
			t.ok = false
		}
	}
	return t
}
