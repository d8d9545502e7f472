//go:build cgo

package main

/*
extern void goBack(int);
static void callBack(int n) { goBack(n); }
*/
import "C"

//export goBack
func goBack(i C.int) {
	for range 5 {
		litter(int(i))
	}
}

func init() {
	ways = append(ways, func(i int) { // a frame below C
		b := newBox(i)
		C.callBack(C.int(i))
		done(i)
		use(b)
	}, func(i int) { // a pointer that is passed on
		b := newBox(i)
		p := pair{n: i, b: b}
		C.callBack(C.int(p.n))
		litter(i)
		done(i)
		use(p.b)
	})
}
