// Package house holds the tests of the whole: which room may import which, what
// the program may depend on, and that what is committed is as it is generated.
//
// It has no code of its own. Start at directions_test.go, whose table is
// ARCHITECTURE.md's picture in a form that can fail.
package house
