package main

func init() {
	faults.Add(harness.Fault{Name: "same"}, start)
	faults.Add(harness.Fault{Name: "same"}, start)
}
