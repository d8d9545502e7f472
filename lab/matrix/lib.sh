# What lab/matrix/run and lab/matrix/dump share: a work folder, a display, and
# building, starting and ending one program at a time. Sourced, not run.

export LANG=${LANG:-C.UTF-8} GOWORK=off
work=$(mktemp -d)
bin=${MATRIX_BIN:-$work/bin} # keep the binaries by naming a folder
mkdir -p "$bin"
export XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work/runtime
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
pid= xvfb=

finish() {
	stop
	[ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ -z "${DISPLAY:-}" ]; then
	Xvfb -displayfd 3 -screen 0 1024x768x24 3>"$work/display" 2>"$work/xvfb.log" &
	xvfb=$!
	for _ in $(seq 100); do
		[ -s "$work/display" ] && break
		kill -0 "$xvfb" 2>/dev/null || { cat "$work/xvfb.log" >&2; exit 2; }
		sleep 0.1
	done
	export DISPLAY=:$(cat "$work/display")
fi

# build NAME
build() {
	[ -x "$bin/$1" ] && return
	(cd "$here/$1" && nice -n 5 go build -p 2 -o "$bin/$1" .)
}

# start NAME [STATE]: starts the program and gives it time to open its window and
# to get into its state; sets pid.
start() {
	GOTRACEBACK=all "$bin/$1" ${2:+"$2"} >"$work/out" 2>&1 &
	pid=$!
	sleep "${MATRIX_WAIT:-4}"
}

# stop ends the program.
stop() {
	[ -n "$pid" ] || return 0
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	pid=
}
