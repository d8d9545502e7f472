package build

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The Go object format, as far as it is needed here: cmd/internal/goobj/objfile.go
// of Go 1.20 to 1.26. A symbol is referenced by the index of its package and its own
// index in there; package 0x7fffffff holds those that go by name.
const (
	objectMagic = "\x00go120ld"
	byName      = 1<<31 - 1
	builtin     = byName - 3 // functions of the runtime, by an index of their own
	special     = byName - 4 // from here up an index names no package

	blockPackages   = 1
	blockDefs       = 3
	blockNonPkgDefs = 6
	blockNonPkgRefs = 7
	blockRefFlags   = 8
	blockAuxIndex   = 12
	blockDataIndex  = 13
	blockRelocs     = 14
	blockAux        = 15
	blockData       = 16
	blockRefNames   = 17
	blocks          = 19

	headerSize   = 8 + 8 + 4 + 4*blocks
	symbolSize   = 8 + 2 + 1 + 1 + 1 + 4 + 4
	relocSize    = 4 + 1 + 2 + 8 + 8
	auxSize      = 1 + 8
	refFlagsSize = 8 + 1 + 1
	refNameSize  = 8 + 8
	inlineSize   = 4 * 6

	auxFuncInfo = 1
)

var errObject = errors.New("an object file has another form than is known here")

// namer says how a symbol of a package is to be referenced: by which name, and with
// which ABI (1 for functions in Go's own). An empty name leaves it as it is. symbol
// is empty where the object does not tell it: for functions of which only inlined
// copies are here, which index names in the package's own object.
type namer func(pkg, symbol string, index uint32, inlined bool) (name string, abi uint16)

// renaming is how the references in an archive are to be made.
type renaming struct {
	own    string                // the archive's package
	absent func(pkg string) bool // whether a package is not there when it is linked
	index  namer                 // for references by index
	name   func(symbol string)   // is told of the functions that are referenced by name
	// builtins are the runtime's symbols that have an index.
	builtins []reference
}

// reference is a symbol as it is named.
type reference struct {
	name string
	abi  uint16
}

// renameReferences makes references by index into references by name, in each Go
// object of an archive, so that the linker need not load the packages they are to.
func renameReferences(archive []byte, how *renaming) ([]byte, error) {
	out := make([]byte, 0, len(archive)+4096)
	rest, ok := bytes.CutPrefix(archive, []byte("!<arch>\n"))
	if !ok {
		return nil, errObject
	}
	out = append(out, "!<arch>\n"...)
	for len(rest) >= 60 {
		head := rest[:60]
		size, err := strconv.Atoi(strings.TrimSpace(string(head[48:58])))
		if err != nil || size > len(rest)-60 {
			return nil, errObject
		}
		body := rest[60 : 60+size]
		rest = rest[60+size+size%2:]
		if i := bytes.Index(body, []byte("\n!\n"+objectMagic)); i >= 0 && bytes.HasPrefix(body, []byte("go object ")) {
			object, err := renameObject(body[i+3:], how)
			if err != nil {
				return nil, err
			}
			body = append(body[:i+3:i+3], object...)
		}
		out = appendMember(out, string(head[:48]), body)
	}
	return out, nil
}

// appendMember adds a file to an archive; head is the first 48 bytes of its header.
func appendMember(archive []byte, head string, body []byte) []byte {
	archive = fmt.Appendf(archive, "%-48s%-10d`\n", head, len(body))
	archive = append(archive, body...)
	if len(body)%2 != 0 {
		archive = append(archive, 0)
	}
	return archive
}

// object is a Go object that is being changed.
type object struct {
	b       []byte
	offsets [blocks]uint32
	names   map[[2]uint32]string // of symbols of other packages
	pkgs    []string
	how     *renaming
	made    map[[2]uint32][2]uint32
	symbols []byte // those by name that are added
	strings []byte
	next    uint32
}

func renameObject(src []byte, how *renaming) (b []byte, err error) {
	defer func() {
		if recover() != nil { // an index that is out of range
			err = errObject
		}
	}()
	o := &object{b: bytes.Clone(src), names: map[[2]uint32]string{}, made: map[[2]uint32][2]uint32{}, how: how}
	for i := range o.offsets {
		o.offsets[i] = o.u32(20 + 4*uint32(i))
	}
	if o.offsets[blocks-1] > uint32(len(src)) {
		return nil, errObject
	}
	for at := o.offsets[blockPackages]; at < o.offsets[blockPackages+1]; at += 8 {
		o.pkgs = append(o.pkgs, o.text(at))
	}
	for at := o.offsets[blockRefNames]; at < o.offsets[blockRefNames+1]; at += refNameSize {
		o.names[o.ref(at)] = o.text(at + 8)
	}
	o.next = (o.offsets[blockNonPkgRefs+1] - o.offsets[blockNonPkgDefs]) / symbolSize
	if err := o.rename(); err != nil {
		return nil, err
	}
	// The linker wants each package of this list loaded: in the place of one that is
	// not, and that nothing names by index any more, stands the object's own.
	for i, pkg := range o.pkgs {
		if i > 0 && how.absent(pkg) {
			at := o.offsets[blockPackages] + 8*uint32(i)
			o.put(at, uint32(len(how.own)))
			o.put(at+4, uint32(len(o.b)+len(o.symbols)+len(o.strings)))
			o.strings = append(o.strings, how.own...)
		}
	}
	return o.bytes(), nil
}

func (o *object) u32(at uint32) uint32       { return binary.LittleEndian.Uint32(o.b[at:]) }
func (o *object) put(at, v uint32)           { binary.LittleEndian.PutUint32(o.b[at:], v) }
func (o *object) ref(at uint32) [2]uint32    { return [2]uint32{o.u32(at), o.u32(at + 4)} }
func (o *object) text(at uint32) string      { n, p := o.u32(at), o.u32(at+4); return string(o.b[p : p+n]) }
func (o *object) set(at uint32, r [2]uint32) { o.put(at, r[0]); o.put(at+4, r[1]) }

// rename goes through all places where a symbol is referenced.
func (o *object) rename() error {
	for at := o.offsets[blockRelocs]; at < o.offsets[blockRelocs+1]; at += relocSize {
		if err := o.at(at+15, false); err != nil {
			return err
		}
	}
	for at := o.offsets[blockAux]; at < o.offsets[blockAux+1]; at += auxSize {
		if o.b[at] == auxFuncInfo {
			if err := o.inlined(o.ref(at + 1)); err != nil {
				return err
			}
		}
		if err := o.at(at+1, false); err != nil {
			return err
		}
	}
	for at := o.offsets[blockRefFlags]; at < o.offsets[blockRefFlags+1]; at += refFlagsSize {
		if err := o.at(at, true); err != nil {
			return err
		}
	}
	for at := o.offsets[blockNonPkgRefs]; at < o.offsets[blockNonPkgRefs+1]; at += symbolSize {
		if abi := o.b[at+8:]; binary.LittleEndian.Uint16(abi) == 1 {
			o.how.name(o.text(at))
		}
	}
	return nil
}

// at changes the reference at an offset, if it is to a symbol of another package.
func (o *object) at(at uint32, inlined bool) error {
	r := o.ref(at)
	if r[0] == 0 || r[0] >= special && r[0] != builtin {
		return nil
	}
	to, ok := o.made[r]
	if !ok {
		var name string
		var abi uint16
		if r[0] != builtin {
			name, abi = o.how.index(o.pkgs[r[0]], o.names[r], r[1], inlined)
		} else if int(r[1]) < len(o.how.builtins) {
			name, abi = o.how.builtins[r[1]].name, o.how.builtins[r[1]].abi
			o.how.name(name)
		} else {
			return errObject
		}
		if name == "" {
			return nil
		}
		to = [2]uint32{byName, o.next}
		o.next++
		o.made[r] = to
		var s [symbolSize]byte
		binary.LittleEndian.PutUint32(s[0:], uint32(len(name)))
		binary.LittleEndian.PutUint32(s[4:], uint32(len(o.strings))) // moved in bytes
		binary.LittleEndian.PutUint16(s[8:], abi)
		o.symbols = append(o.symbols, s[:]...)
		o.strings = append(o.strings, name...)
	}
	o.set(at, to)
	return nil
}

// inlined changes the references in a function's tree of inlined calls. Its symbol
// holds them as data: cmd/internal/goobj/funcinfo.go.
func (o *object) inlined(r [2]uint32) error {
	defs := [...]uint32{o.count(3), o.count(4), o.count(5), o.count(6)}
	var index uint32
	switch r[0] {
	case byName - 4: // self
		index = r[1]
	case byName - 1: // short hashed
		index = defs[0] + r[1]
	case byName - 2: // hashed
		index = defs[0] + defs[1] + r[1]
	case byName:
		index = defs[0] + defs[1] + defs[2] + r[1]
	default:
		return errObject
	}
	at := o.offsets[blockData] + o.u32(o.offsets[blockDataIndex]+4*index)
	tree := at + 20 + 4*o.u32(at+16)
	for i := range o.u32(tree) {
		if err := o.at(tree+4+i*inlineSize+12, true); err != nil {
			return err
		}
	}
	return nil
}

// count is how many symbols a block of definitions has.
func (o *object) count(block int) uint32 {
	return (o.offsets[block+1] - o.offsets[block]) / symbolSize
}

// bytes puts the object together: the new symbols at the end of their block, their
// names at the end of all.
func (o *object) bytes() []byte {
	end := o.offsets[blockNonPkgRefs+1]
	grown := uint32(len(o.symbols))
	total := uint32(len(o.b)) + grown
	for i := 0; i < len(o.symbols); i += symbolSize {
		at := o.symbols[i+4:]
		binary.LittleEndian.PutUint32(at, binary.LittleEndian.Uint32(at)+total)
	}
	for i := blockNonPkgRefs + 1; i < blocks; i++ {
		o.put(20+4*uint32(i), o.offsets[i]+grown)
	}
	out := make([]byte, 0, int(total)+len(o.strings))
	out = append(out, o.b[:end]...)
	out = append(out, o.symbols...)
	out = append(out, o.b[end:]...)
	return append(out, o.strings...)
}

// definedNames returns the names of the symbols that the first Go object of an archive
// defines and that go by index.
func definedNames(archive []byte) (names []string, err error) {
	defer func() {
		if recover() != nil {
			names, err = nil, errObject
		}
	}()
	i := bytes.Index(archive, []byte("\n!\n"+objectMagic))
	if i < 0 {
		return nil, errObject
	}
	o := &object{b: archive[i+3:]}
	from, to := o.u32(20+4*blockDefs), o.u32(20+4*(blockDefs+1))
	for at := from; at < to; at += symbolSize {
		names = append(names, o.text(at))
	}
	return names, nil
}

// references adds the symbols that the Go objects of an archive name.
func references(archive []byte, named map[reference]bool) (err error) {
	defer func() {
		if recover() != nil {
			err = errObject
		}
	}()
	mark := []byte("\n!\n" + objectMagic)
	for {
		i := bytes.Index(archive, mark)
		if i < 0 {
			return nil
		}
		o := &object{b: archive[i+3:]}
		from, to := o.u32(20+4*blockNonPkgRefs), o.u32(20+4*(blockNonPkgRefs+1))
		for at := from; at < to; at += symbolSize {
			named[reference{o.text(at), binary.LittleEndian.Uint16(o.b[at+8:])}] = true
		}
		archive = o.b[o.u32(20+4*(blocks-1)):]
	}
}
