package stacks

// What the operating system knows of the target's threads.

type hostState struct{}

func hostBefore(pid int) hostState { return hostState{} }

func hostAfter(w *watcher, before hostState) {}
