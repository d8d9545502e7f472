module github.com/gomedic/gomedic/lab/matrix/glfw-3.4

go 1.25.0

require github.com/go-gl/glfw/v3.4/glfw v0.1.0-pre.1.0.20260707082822-2a407d02d01a
