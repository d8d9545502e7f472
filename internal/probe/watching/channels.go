package watching

import (
	"go/ast"
	"go/types"
)

// channels says which variables, fields and parameters hold the same channel, as far as
// assignments and static calls show. A slice of channels counts as one.
type channels struct {
	parent map[types.Object]types.Object
}

// find is what stands for all that hold the same channel as o.
func (c *channels) find(o types.Object) types.Object {
	for c.parent[o] != nil {
		o = c.parent[o]
	}
	return o
}

func (c *channels) link(a, b types.Object) {
	if a == nil || b == nil {
		return
	}
	if a, b = c.find(a), c.find(b); a != b {
		c.parent[a] = b
	}
}

// linkChannels follows the channels through the project.
func (s *source) linkChannels() *channels {
	c := &channels{parent: map[types.Object]types.Object{}}
	for o, values := range s.values {
		if !holdsChannel(o.Type(), 0) {
			continue
		}
		for _, v := range values {
			for _, from := range channelsIn(s.home[v], v) {
				c.link(o, from)
			}
		}
	}
	for _, fn := range s.funcs {
		for _, site := range fn.calls {
			params := site.to.Signature().Params()
			for i, arg := range site.call.Args {
				if i < params.Len() && holdsChannel(params.At(i).Type(), 0) {
					for _, from := range channelsIn(fn.pkg, arg) {
						c.link(params.At(i), from)
					}
				}
			}
		}
	}
	return c
}

func holdsChannel(t types.Type, depth int) bool {
	if t == nil || depth > 2 {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Chan:
		return true
	case *types.Slice:
		return holdsChannel(t.Elem(), depth+1)
	case *types.Array:
		return holdsChannel(t.Elem(), depth+1)
	case *types.Map:
		return holdsChannel(t.Elem(), depth+1)
	}
	return false
}

// channelsIn are the variables that hold the channels of an expression.
func channelsIn(g *pkg, e ast.Expr) []types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		if o := objectOf(g, e); o != nil {
			return []types.Object{o}
		}
	case *ast.IndexExpr:
		return channelsIn(g, e.X)
	case *ast.CompositeLit:
		var all []types.Object
		for _, el := range e.Elts {
			if kv, ok := el.(*ast.KeyValueExpr); ok {
				el = kv.Value
			}
			all = append(all, channelsIn(g, el)...)
		}
		return all
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.Ident); ok && f.Name == "append" {
			var all []types.Object
			for _, a := range e.Args {
				all = append(all, channelsIn(g, a)...)
			}
			return all
		}
	}
	return nil
}
