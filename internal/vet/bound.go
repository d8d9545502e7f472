package vet

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/gomedic/gomedic/internal/toolkit"
)

// bounds are the functions of the standard library that read or write through the
// interface value they get: they wait when what is behind it does.
var bounds = []toolkit.Pattern{
	"io.Copy", "io.CopyBuffer", "io.CopyN", "io.ReadAll", "io.ReadFull", "io.ReadAtLeast", "io.WriteString",
	"fmt.Fprint…", "fmt.Fscan…", "encoding/binary.Read", "encoding/binary.Write",
	"bufio.(*Scanner).Scan", "bufio.(*Reader).Read…", "bufio.(*Writer).Flush",
	"encoding/json.(*Decoder).Decode", "encoding/json.(*Encoder).Encode",
}

// wrappers are the functions whose result reads or writes through what they get.
var wrappers = []toolkit.Pattern{
	"bufio.NewScanner", "bufio.NewReader…", "bufio.NewWriter…", "encoding/json.NewDecoder", "encoding/json.NewEncoder",
	"io.LimitReader", "io.TeeReader",
}

// streams are types that are known to wait, by name.
var streams = map[string]kind{
	"os.File": file, "net.Conn": network, "net.TCPConn": network, "net.UnixConn": network, "crypto/tls.Conn": network,
	"fyne.io/fyne/v2.URIReadCloser": file, "fyne.io/fyne/v2.URIWriteCloser": file,
}

// boundTo says what is behind a value that a function of the standard library
// reads or writes, where every way to it shows the same: a file that was opened, a
// connection. The standard streams are none of them, and a value that comes from
// elsewhere is not judged.
func (e *engine) boundTo(c *ssa.CallCommon) (kind, bool) {
	for _, a := range c.Args {
		if k := e.stream(a, 0); k != "" {
			return k, true
		}
	}
	return "", false
}

// stream is the kind of wait behind a value; empty: none, or not known.
func (e *engine) stream(v ssa.Value, depth int) kind {
	if depth > 6 {
		return ""
	}
	if k, ok := streams[typeName(v.Type())]; ok {
		if u, isLoad := v.(*ssa.UnOp); isLoad {
			if g, isGlobal := u.X.(*ssa.Global); isGlobal && g.Pkg != nil && g.Pkg.Pkg.Path() == "os" {
				return "" // os.Stdout
			}
		}
		return k
	}
	all := func(vs []ssa.Value) kind {
		found := kind("")
		for i, x := range vs {
			k := e.stream(x, depth+1)
			if i > 0 && k != found {
				return ""
			}
			found = k
		}
		return found
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return e.stream(v.X, depth+1)
	case *ssa.ChangeInterface:
		return e.stream(v.X, depth+1)
	case *ssa.Phi:
		return all(v.Edges)
	case *ssa.Alloc:
		return all(storesTo(v))
	case *ssa.UnOp:
		switch x := v.X.(type) {
		case *ssa.FieldAddr:
			if k := keyOfField(x.X.Type(), x.Field); k.owner != nil && k.owner.Pkg() != nil && k.owner.Pkg().Path() == "net/http" {
				if k.owner.Name() == "Response" && fieldName(x.X.Type(), x.Field) == "Body" {
					return network
				}
				return ""
			}
			return all(e.fields[keyOfField(x.X.Type(), x.Field)])
		case *ssa.Alloc:
			return all(storesTo(x))
		case *ssa.FreeVar:
			return e.stream(x, depth+1)
		}
	case *ssa.FreeVar:
		for i, f := range v.Parent().FreeVars {
			if f == v {
				var at []ssa.Value
				for _, m := range e.made[v.Parent()] {
					at = append(at, m.Bindings[i])
				}
				return all(at)
			}
		}
	case *ssa.Call:
		if f := calleeOf(&v.Call); f != nil && toolkit.MatchAny(wrappers, e.symbol(f)) {
			return e.stream(v.Call.Args[0], depth+1)
		}
	}
	return ""
}

// typeName is the name of a type, or of what it points to: "net.Conn".
func typeName(t types.Type) string {
	n := namedOf(t)
	if n == nil || n.Pkg() == nil {
		return ""
	}
	return strings.TrimPrefix(n.Pkg().Path()+"."+n.Name(), "vendor/")
}
