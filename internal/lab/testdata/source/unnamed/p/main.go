package main

func init() {
	faults.Add(harness.Fault{"a", "b"}, start)
}
