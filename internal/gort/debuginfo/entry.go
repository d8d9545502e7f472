package debuginfo

import (
	"bytes"
	"encoding/binary"
)

// Tags (DWARF 5, table 7.3).
const (
	tagArray          = 0x01
	tagParameter      = 0x05
	tagMember         = 0x0d
	tagPointer        = 0x0f
	tagCompileUnit    = 0x11
	tagStruct         = 0x13
	tagSubroutineType = 0x15
	tagTypedef        = 0x16
	tagSubrange       = 0x21
	tagBase           = 0x24
	tagSubprogram     = 0x2e
	tagVariable       = 0x34
	tagUnspecified    = 0x3b
)

// Forms (DWARF 5, table 7.6).
const (
	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
)

// The attributes that are kept, as indexes into entry.num (DWARF 5, table 7.5,
// and cmd/internal/dwarf/dwarf.go for Go's own).
const (
	attrLocation = iota
	attrByteSize
	attrLanguage
	attrLowPC
	attrOrigin
	attrCount
	attrMemberLocation
	attrType
	attrAddrBase
	attrDeclLine
	attrGoKind
	attrGoKey
	attrGoElem
	attrGoEmbedded
	attrGoRuntimeType
	attrGoClosureOffset
	attrName
	attrKinds
)

// kept maps an attribute's number to its index.
func kept(name uint32) int {
	switch name {
	case 0x02:
		return attrLocation
	case 0x03:
		return attrName
	case 0x0b:
		return attrByteSize
	case 0x11:
		return attrLowPC
	case 0x13:
		return attrLanguage
	case 0x31:
		return attrOrigin
	case 0x37:
		return attrCount
	case 0x38:
		return attrMemberLocation
	case 0x3b:
		return attrDeclLine
	case 0x49:
		return attrType
	case 0x73:
		return attrAddrBase
	case 0x2900:
		return attrGoKind
	case 0x2901:
		return attrGoKey
	case 0x2902:
		return attrGoElem
	case 0x2903:
		return attrGoEmbedded
	case 0x2904:
		return attrGoRuntimeType
	case 0x2907:
		return attrGoClosureOffset
	}
	return -1
}

// entry is one entry, as far as its attributes are kept.
type entry struct {
	off      uint32
	tag      uint32 // 0: the end of a list of children
	children bool
	have     uint32 // by attribute index
	num      [attrKinds]uint64
	name     []byte
	block    []byte // of the location
}

func (e *entry) get(attr int) (uint64, bool) { return e.num[attr], e.have&(1<<attr) != 0 }

func (e *entry) ref(attr int) uint32 {
	v, _ := e.get(attr)
	if v > 1<<32-1 {
		return 0
	}
	return uint32(v)
}

// cursor walks the entries of a unit.
type cursor struct {
	d  *Data
	u  *unit
	at int
}

// next reads the entry at the cursor, and false at the end of the unit or of
// what can be understood.
func (c *cursor) next(e *entry) bool {
	b := c.d.info
	if c.at < 0 || c.at >= c.u.end {
		return false
	}
	e.off, e.have, e.name, e.block = uint32(c.at), 0, nil, nil
	code, n := uleb(b[c.at:c.u.end])
	if n == 0 {
		return false
	}
	c.at += n
	if code == 0 {
		e.tag, e.children = 0, false
		return true
	}
	if code >= uint64(len(c.u.abbrevs)) || c.u.abbrevs[code].tag == 0 {
		return false
	}
	a := &c.u.abbrevs[code]
	e.tag, e.children = a.tag, a.children
	for i := range a.attrs {
		if !c.value(e, &a.attrs[i]) {
			return false
		}
	}
	return true
}

// value reads, or steps over, the value of one attribute.
func (c *cursor) value(e *entry, a *attribute) bool {
	b := c.d.info[c.at:c.u.end]
	size, v := 0, uint64(0)
	fixed := false // the value is the size bytes
	var block []byte
	switch a.form {
	case formString:
		size = bytes.IndexByte(b, 0) + 1
		if size == 0 {
			return false
		}
		block = b[:size-1]
	case formUdata, formRefUdata, formAddrx, formStrx, formLoclistx, formRnglistx:
		if v, size = uleb(b); size == 0 {
			return false
		}
	case formSdata:
		s, n := sleb(b)
		if v, size = uint64(s), n; size == 0 {
			return false
		}
	case formData1, formFlag, formRef1, formStrx1, formAddrx1:
		size, fixed = 1, true
	case formData2, formRef2, formStrx2, formAddrx2:
		size, fixed = 2, true
	case formStrx3, formAddrx3:
		size, fixed = 3, true
	case formData4, formRef4, formStrx4, formAddrx4, formSecOffset, formRefAddr, formStrp, formLineStrp, formRefSup4, formStrpSup:
		size, fixed = 4, true
	case formAddr, formData8, formRef8, formRefSig8, formRefSup8:
		size, fixed = 8, true
	case formData16:
		size = 16
	case formFlagPresent:
		v = 1
	case formImplicitConst:
		v = uint64(a.implicit)
	case formBlock1, formBlock2, formBlock4, formBlock, formExprloc:
		var n uint64
		head := 0
		switch {
		case a.form == formBlock1 && len(b) >= 1:
			n, head = uint64(b[0]), 1
		case a.form == formBlock2 && len(b) >= 2:
			n, head = uint64(binary.LittleEndian.Uint16(b)), 2
		case a.form == formBlock4 && len(b) >= 4:
			n, head = uint64(binary.LittleEndian.Uint32(b)), 4
		case a.form == formBlock || a.form == formExprloc:
			n, head = uleb(b)
		}
		if head == 0 || n > uint64(len(b)-head) {
			return false
		}
		size = head + int(n)
		block = b[head:size]
	default:
		return false
	}
	if size > len(b) {
		return false
	}
	c.at += size
	k := kept(a.name)
	if k < 0 {
		return true
	}
	if fixed {
		for i := size - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[i])
		}
	}
	switch a.form {
	case formRef1, formRef2, formRef4, formRef8, formRefUdata:
		v += uint64(c.u.start)
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4:
		i := v*8 + c.u.addrBase
		if v > 1<<32 || i+8 > uint64(len(c.d.addr)) || i > i+8 {
			return true
		}
		v = binary.LittleEndian.Uint64(c.d.addr[i:])
	case formStrp:
		block = text(c.d.str, v)
	case formLineStrp:
		block = text(c.d.lineStr, v)
	}
	switch k {
	case attrName:
		if len(block) <= maxName {
			e.name = block
		}
	case attrLocation:
		e.block = block
	}
	e.num[k], e.have = v, e.have|1<<k
	return true
}

func text(section []byte, off uint64) []byte {
	if off >= uint64(len(section)) {
		return nil
	}
	b := section[off:]
	if i := bytes.IndexByte(b[:min(len(b), maxName+1)], 0); i >= 0 {
		return b[:i]
	}
	return nil
}
