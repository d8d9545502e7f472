package gort

import (
	"fmt"

	"github.com/gomedic/gomedic/internal/gort/layout"
)

// fields are the offsets that the readers use in their inner loops, taken once
// from the layout of the target's Go version.
type fields struct {
	pcShift                                               uint // see Module.shift
	arenas                                                arenas
	moduleSize                                            int64
	mdHeader, mdNames, mdCutab, mdFiles, mdPctab, mdFuncs int64
	mdFtab, mdMinPC, mdMaxPC, mdText, mdEText, mdGofunc   int64
	mdData, mdBSS, mdNoptrData, mdNoptrBSS, mdNext        int64
	mdTypes, mdETypes, mdPluginPath, mdBad                int64

	gSize                                                 int64
	gStackLo, gStackHi, gM, gSchedSP, gSchedPC, gSchedLR  int64
	gSyscallSP, gSyscallPC, gStatus, gID, gWaitSince      int64
	gWaitReason, gLockedM, gParent, gGoPC, gStartPC       int64
	gWaiting, gLabels, gSleepWhen, gDefer, gTimer, gTurns int64

	mSize, mG0, mGsignal, mProcID, mCurg, mNcgocall, mIncgo int64
	mP, mVdsoSP, mVdsoPC, mLockedG, mAllLink                int64

	sgG, sgElem, sgC, sgWaitlink, sgSelect, sgNext, sgSize int64

	hchanSize, hcCount, hcCap, hcClosed, hcTimer int64
}

// resolve looks every field up. A field that a version lacks but that has a
// fallback is set to -1.
func resolve(l *layout.Layout) (fields, error) {
	var f fields
	var missing []string
	get := func(dst *int64, st, path string) {
		v, ok := l.Field(st, path)
		if !ok {
			missing = append(missing, st+"."+path)
			return
		}
		*dst = v.Offset
	}
	optional := func(dst *int64, st, path string) {
		*dst = -1
		if v, ok := l.Field(st, path); ok {
			*dst = v.Offset
		}
	}
	size := func(dst *int64, st string) {
		s, ok := l.Structs[st]
		if !ok || s.Size <= 0 || s.Size > 1<<20 {
			missing = append(missing, st)
			return
		}
		*dst = s.Size
	}
	const md, g, m, sg, hc = "runtime.moduledata", "runtime.g", "runtime.m", "runtime.sudog", "runtime.hchan"
	f.arenas = arenasOf(l)
	if l.Arch == "wasm" {
		f.pcShift = wasmShift
	}
	size(&f.moduleSize, md)
	for _, e := range []struct {
		dst  *int64
		name string
	}{
		{&f.mdHeader, "pcHeader"}, {&f.mdNames, "funcnametab"}, {&f.mdCutab, "cutab"},
		{&f.mdFiles, "filetab"}, {&f.mdPctab, "pctab"}, {&f.mdFuncs, "pclntable"},
		{&f.mdFtab, "ftab"}, {&f.mdMinPC, "minpc"}, {&f.mdMaxPC, "maxpc"},
		{&f.mdText, "text"}, {&f.mdEText, "etext"}, {&f.mdGofunc, "gofunc"},
		{&f.mdData, "data"}, {&f.mdBSS, "bss"}, {&f.mdNoptrData, "noptrdata"},
		{&f.mdNoptrBSS, "noptrbss"}, {&f.mdNext, "next"},
	} {
		get(e.dst, md, e.name)
	}
	optional(&f.mdTypes, md, "types")
	optional(&f.mdETypes, md, "etypes")
	optional(&f.mdPluginPath, md, "pluginpath")
	optional(&f.mdBad, md, "bad")
	size(&f.gSize, g)
	for _, e := range []struct {
		dst  *int64
		name string
	}{
		{&f.gStackLo, "stack.lo"}, {&f.gStackHi, "stack.hi"}, {&f.gM, "m"},
		{&f.gSchedSP, "sched.sp"}, {&f.gSchedPC, "sched.pc"}, {&f.gSchedLR, "sched.lr"},
		{&f.gSyscallSP, "syscallsp"}, {&f.gSyscallPC, "syscallpc"}, {&f.gStatus, "atomicstatus"},
		{&f.gID, "goid"}, {&f.gWaitSince, "waitsince"}, {&f.gWaitReason, "waitreason"},
		{&f.gLockedM, "lockedm"}, {&f.gParent, "parentGoid"}, {&f.gGoPC, "gopc"},
		{&f.gStartPC, "startpc"}, {&f.gWaiting, "waiting"}, {&f.gLabels, "labels"},
		{&f.gDefer, "_defer"},
	} {
		get(e.dst, g, e.name)
	}
	optional(&f.gSleepWhen, g, "sleepWhen")
	optional(&f.gTurns, g, "trackingSeq")
	optional(&f.gTimer, g, "timer")
	size(&f.mSize, m)
	for _, e := range []struct {
		dst  *int64
		name string
	}{
		{&f.mG0, "g0"}, {&f.mGsignal, "gsignal"}, {&f.mProcID, "procid"}, {&f.mCurg, "curg"},
		{&f.mNcgocall, "ncgocall"}, {&f.mP, "p"},
	} {
		get(e.dst, m, e.name)
	}
	optional(&f.mIncgo, m, "incgo")
	optional(&f.mVdsoSP, m, "vdsoSP")
	optional(&f.mVdsoPC, m, "vdsoPC")
	optional(&f.mLockedG, m, "lockedg")
	optional(&f.mAllLink, m, "alllink")
	size(&f.sgSize, sg)
	for _, e := range []struct {
		dst  *int64
		name string
	}{
		{&f.sgG, "g"}, {&f.sgElem, "elem"}, {&f.sgC, "c"}, {&f.sgWaitlink, "waitlink"},
		{&f.sgSelect, "isSelect"}, {&f.sgNext, "next"},
	} {
		get(e.dst, sg, e.name)
	}
	size(&f.hchanSize, hc)
	get(&f.hcCount, hc, "qcount")
	get(&f.hcCap, hc, "dataqsiz")
	get(&f.hcClosed, hc, "closed")
	optional(&f.hcTimer, hc, "timer")
	if len(missing) > 0 {
		return f, fmt.Errorf("the runtime layout of %s (%s) lacks %v", l.Version, l.Source, missing)
	}
	return f, nil
}
