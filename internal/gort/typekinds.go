package gort

// Kind is what a type is built as (internal/abi/type.go, Go 1.25 to 1.27).
type Kind uint8

// The kinds.
const (
	KindInvalid Kind = iota
	KindBool
	KindInt
	KindInt8
	KindInt16
	KindInt32
	KindInt64
	KindUint
	KindUint8
	KindUint16
	KindUint32
	KindUint64
	KindUintptr
	KindFloat32
	KindFloat64
	KindComplex64
	KindComplex128
	KindArray
	KindChan
	KindFunc
	KindInterface
	KindMap
	KindPointer
	KindSlice
	KindString
	KindStruct
	KindUnsafePointer
)

const (
	kindMask  = 1<<5 - 1 // the upper bits of the byte are flags in some versions
	kindFlags = 1 << 5   // KindDirectIface, to Go 1.25
	kindLast  = KindUnsafePointer
)

var kindNames = [...]string{"invalid", "bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16",
	"uint32", "uint64", "uintptr", "float32", "float64", "complex64", "complex128", "array", "chan", "func", "interface",
	"map", "ptr", "slice", "string", "struct", "unsafe.Pointer"}

// String returns the kind's name, as package reflect prints it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// kindShape is the size in bytes of a kind's values and how many of them, from
// the start, may hold pointers.
type kindShape struct{ size, ptrBytes uint64 }

// kindShapes has the kinds whose values all have the same shape on a 64-bit
// machine. A string's and a slice's length, and a slice's capacity, are none.
var kindShapes = map[Kind]kindShape{
	KindBool: {1, 0}, KindInt8: {1, 0}, KindUint8: {1, 0}, KindInt16: {2, 0}, KindUint16: {2, 0},
	KindInt32: {4, 0}, KindUint32: {4, 0}, KindFloat32: {4, 0},
	KindInt: {8, 0}, KindInt64: {8, 0}, KindUint: {8, 0}, KindUint64: {8, 0}, KindUintptr: {8, 0},
	KindFloat64: {8, 0}, KindComplex64: {8, 0}, KindComplex128: {16, 0},
	KindChan: {8, 8}, KindFunc: {8, 8}, KindMap: {8, 8}, KindPointer: {8, 8}, KindUnsafePointer: {8, 8},
	KindInterface: {16, 16}, KindSlice: {24, 8}, KindString: {16, 8},
}
