// Command minimal uses nothing: its DWARF holds what every program's does.
package main

func main() { select {} }
