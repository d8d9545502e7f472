package main

func init() {
	faults.Add(harness.Fault{Name: "a", Cure: "none"}, start)
}
