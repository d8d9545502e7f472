module github.com/gomedic/gomedic/lab/matrix/gio-0.8

go 1.25.0

require gioui.org v0.8.0

require (
	gioui.org/shader v1.0.8 // indirect
	github.com/go-text/typesetting v0.2.1 // indirect
	golang.org/x/exp v0.0.0-20240707233637-46b078467d37 // indirect
	golang.org/x/exp/shiny v0.0.0-20240707233637-46b078467d37 // indirect
	golang.org/x/image v0.18.0 // indirect
	golang.org/x/sys v0.22.0 // indirect
	golang.org/x/text v0.16.0 // indirect
)
