module github.com/gomedic/gomedic

go 1.26
