module github.com/gomedic/gomedic/lab/harness

go 1.26.0

require (
	github.com/jezek/xgb v1.1.1
	golang.org/x/sys v0.49.0
)
