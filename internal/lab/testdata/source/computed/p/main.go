package main

func init() {
	faults.Add(harness.Fault{Name: "a" + suffix}, start)
}
