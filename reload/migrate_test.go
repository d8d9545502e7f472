package reload

import (
	"reflect"
	"testing"
	"testing/quick"
)

// There and back again: whatever a value is, after a generation with other types, and
// fewer fields, it is what it was.
func TestThereAndBackAgain(t *testing.T) {
	type inner struct {
		A int16
		S string
		F float32
		M map[int8][]byte
	}
	type one struct {
		I    int32
		U    uint8
		S    string
		P    *inner
		In   inner
		List []inner
		Gone string
		C    complex64
		Arr  [3]int64
	}
	type wide struct {
		F float64
		A int
		M map[int64]string
		S []byte
	}
	type two struct {
		Arr  []int64
		C    complex128
		List []*wide
		P    *wide
		In   *wide
		I    int64
		S    []byte
		U    uint64
	}
	check := func(v one) bool {
		g := newGenerations(t)
		NewState(g.next(), "v", v)
		NewState(g.next(), "v", two{})
		got := NewState(g.next(), "v", one{}).Get()
		if len(g.store.asides()) > 0 {
			t.Errorf("aside: %v", g.store.asides())
		}
		return reflect.DeepEqual(normal(reflect.ValueOf(got)), normal(reflect.ValueOf(v)))
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

// normal makes nil of what is empty: a nil slice of bytes becomes a string, which is
// never nil.
func normal(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		var all []any
		for i := range v.Len() {
			all = append(all, normal(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := map[any]any{}
		for it := v.MapRange(); it.Next(); {
			all[it.Key().Interface()] = normal(it.Value())
		}
		return all
	case reflect.Struct:
		var all []any
		for i := range v.NumField() {
			all = append(all, normal(v.Field(i)))
		}
		return all
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return normal(v.Elem())
	}
	return v.Interface()
}
