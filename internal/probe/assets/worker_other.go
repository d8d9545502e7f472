//go:build !linux

package assets

import "time"

func limitSelf(uint64, time.Duration) {}

// cpuTime differs by the time that passes, which elsewhere stands for that on the CPU.
func cpuTime(int) time.Duration { return time.Duration(time.Now().UnixNano()) }
