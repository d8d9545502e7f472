package layout

import (
	"slices"
	"strings"
)

// Need is a struct that the readers cannot do without, and the fields (paths
// of [Layout.Field], separated by spaces) they use of it.
type Need struct {
	Struct string
	Fields string
	// From and Until bound the minor versions (26 for go1.26) that have it;
	// 0 is no bound.
	From, Until int
	// Linux: not in js/wasm's runtime.
	Linux bool
	// Optional: the linker drops it from programs that do not use it, so that
	// only the tables must have it.
	Optional bool
}

// Required is everything that must be found.
var Required = []Need{
	{Struct: "runtime.g", Fields: "stack.lo stack.hi stackguard0 _panic _defer m sched.sp sched.pc sched.g sched.ctxt sched.lr sched.bp " +
		"syscallsp syscallpc syscallbp stktopsp atomicstatus.value stackLock goid schedlink waitsince waitreason preempt lockedm sig " +
		"gopc startpc parentGoid ancestors waiting cgoCtxt labels timer sleepWhen selectDone coroarg bubble param asyncSafePoint inMarkAssist"},
	{Struct: "runtime.m", Fields: "g0 gsignal curg p nextp oldp id mallocing locks dying spinning blocked incgo isextra ncgocall ncgo " +
		"alllink schedlink lockedg createstack waitunlockf waitlock lockedExt lockedInt park freelink libcallpc libcallsp"},
	{Struct: "runtime.m", Fields: "procid tls", Linux: true},
	{Struct: "runtime.g", Fields: "xRegs.state", From: 26, Linux: true},
	{Struct: "runtime.p", Fields: "id status link schedtick syscalltick m mcache runqhead runqtail runq runnext timers gFree preempt"},
	{Struct: "runtime.schedt", Fields: "goidgen lastpoll lock midle nmidle nmidlelocked mnext maxmcount ngsys pidle npidle nmspinning runq freem " +
		"gcwaiting stopwait sysmonwait"},
	{Struct: "runtime.gobuf", Fields: "sp pc g ctxt lr bp"},
	{Struct: "runtime.stack", Fields: "lo hi"},
	{Struct: "runtime.sudog", Fields: "g next prev elem acquiretime releasetime ticket isSelect success parent waitlink waittail c"},
	{Struct: "runtime.hchan", Fields: "qcount dataqsiz buf elemsize closed timer elemtype sendx recvx recvq.first recvq.last sendq.first sendq.last lock.key"},
	{Struct: "runtime.waitq", Fields: "first last"},
	{Struct: "runtime._defer", Fields: "heap rangefunc sp pc fn link"},
	{Struct: "runtime._panic", Fields: "arg link goexit recovered"},
	{Struct: "runtime.funcval", Fields: "fn"},
	{Struct: "runtime.mutex", Fields: "key"},
	{Struct: "runtime.note", Fields: "key", Linux: true},
	{Struct: "runtime.timer", Fields: "when period f arg seq state isChan isSending ts"},
	{Struct: "runtime.timers", Fields: "heap len minWhenHeap"},
	{Struct: "runtime.timerWhen", Fields: "timer when"},
	{Struct: "runtime.timeTimer", Fields: "c timer.when", Optional: true},
	{Struct: "runtime.moduledata", Fields: "pcHeader funcnametab cutab filetab pctab pclntable ftab findfunctab minpc maxpc text etext noptrdata " +
		"enoptrdata data edata bss ebss noptrbss enoptrbss types etypes rodata gofunc textsectmap modulename next gcdatamask gcbssmask"},
	{Struct: "runtime._func", Fields: "entryOff nameOff args deferreturn pcsp pcfile pcln npcdata cuOffset startLine funcID flag nfuncdata"},
	{Struct: "runtime.pcHeader", Fields: "magic ptrSize minLC nfunc nfiles funcnameOffset cuOffset filetabOffset pctabOffset pclnOffset"},
	{Struct: "runtime.functab", Fields: "entryoff funcoff"},
	{Struct: "runtime.findfuncbucket", Fields: "idx subbuckets"},
	{Struct: "runtime.inlinedCall", Fields: "funcID nameOff parentPc startLine"},
	{Struct: "runtime.textsect", Fields: "vaddr end baseaddr"},
	{Struct: "runtime.bitvector", Fields: "n bytedata"},
	{Struct: "runtime.iface", Fields: "tab data"},
	{Struct: "runtime.eface", Fields: "_type data"},
	{Struct: "runtime.slice", Fields: "array len cap"},
	{Struct: "runtime.stringStruct", Fields: "str len"},
	{Struct: "runtime.mspan", Fields: "next prev startAddr npages manualFreeList nelems freeindex allocCache allocBits gcmarkBits sweepgen " +
		"allocCount allocCountBeforeCache spanclass state elemsize limit specials largeType"},
	{Struct: "runtime.mheap", Fields: "lock allspans arenas arenaHints pagesInUse sweepgen central[0].mcentral pages.summary pages.chunks"},
	{Struct: "runtime.heapArena", Fields: "spans pageInUse pageMarks zeroedBase"},
	{Struct: "runtime.mcentral", Fields: "spanclass partial full"},
	{Struct: "runtime.mcache", Fields: "alloc nextSample memProfRate tiny tinyoffset tinyAllocs"},
	{Struct: "runtime.notifyList", Fields: "wait notify lock head tail", Optional: true},
	{Struct: "runtime.semaRoot", Fields: "lock treap nwait"},
	{Struct: "runtime.semTable", Fields: "elem[0].root.treap"},
	{Struct: "runtime.rwmutex", Fields: "rLock readers readerPass wLock writer readerCount readerWait"},
	{Struct: "runtime.pollDesc", Fields: "link fd lock rg wg rt wt rd wd user closing"},
	{Struct: "runtime.pollCache", Fields: "lock first", Optional: true},
	{Struct: "runtime.special", Fields: "next offset kind"},
	{Struct: "runtime.specialfinalizer", Fields: "special fn nret fint ot"},
	{Struct: "runtime.specialCleanup", Fields: "special id"},
	{Struct: "runtime.specialCleanup", Fields: "fn", Until: 25},
	{Struct: "runtime.specialCleanup", Fields: "cleanup", From: 26},
	{Struct: "runtime.cleanupFn", Fields: "call fn arg", From: 26},
	{Struct: "runtime.cleanupBlock", Fields: "alllink n cleanups"},
	{Struct: "runtime.cleanupQueue", Fields: "all"},
	{Struct: "runtime.finBlock", Fields: "alllink next cnt fin"},
	{Struct: "runtime.finalizer", Fields: "fn arg nret fint ot"},
	{Struct: "runtime.specialWeakHandle", Fields: "handle"},
	{Struct: "runtime.reflectMethodValue", Fields: "stack"},
	{Struct: "runtime.ancestorInfo", Fields: "pcs goid gopc"},
	{Struct: "runtime.synctestBubble", Fields: "root waiter main running active"},
	{Struct: "runtime.coro", Fields: "gp f"},
	{Struct: "runtime.bucket", Fields: "next allnext typ hash size nstk"},
	{Struct: "runtime.memRecord", Fields: "active future"},
	{Struct: "runtime.memRecordCycle", Fields: "allocs frees"},
	{Struct: "runtime.memRecordCycle", Fields: "alloc_bytes free_bytes", Until: 26}, // then bucket.size times the counts
	{Struct: "runtime.moduledata", Fields: "typelinks itablinks", Until: 26},
	{Struct: "runtime.moduledata", Fields: "typedesclen itaboffset itabsize", From: 27},
	{Struct: "runtime.blockRecord", Fields: "count cycles", Optional: true},
	{Struct: "runtime.gcControllerState", Fields: "gcPercent heapLive heapScan heapMarked heapMinimum triggered lastHeapGoal lastHeapScan totalAlloc totalFree mappedReady " +
		"heapInUse heapFree heapReleased gcPercentHeapGoal sweepDistMinTrigger memoryLimit"},
	{Struct: "runtime.mstats", Fields: "last_gc_unix pause_total_ns numgc heapStats.stats[2] stacks_sys mspan_sys mcache_sys buckhash_sys gcMiscSys other_sys enablegc"},
	{Struct: "runtime.heapStatsDelta", Fields: "committed released inHeap inStacks inWorkBufs tinyAllocCount largeAlloc largeAllocCount smallAllocCount " +
		"largeFree largeFreeCount smallFreeCount"},
	{Struct: "internal/abi.Type", Fields: "Size_ PtrBytes Hash TFlag Align_ FieldAlign_ Kind_ Equal GCData Str PtrToThis"},
	{Struct: "internal/abi.FuncType", Fields: "Type InCount OutCount"},
	{Struct: "internal/abi.StructType", Fields: "Type PkgPath Fields"},
	{Struct: "internal/abi.StructField", Fields: "Name Typ Offset"},
	{Struct: "internal/abi.PtrType", Fields: "Type Elem"},
	{Struct: "internal/abi.SliceType", Fields: "Elem"},
	{Struct: "internal/abi.ArrayType", Fields: "Elem Slice Len"},
	{Struct: "internal/abi.ChanType", Fields: "Elem Dir"},
	{Struct: "internal/abi.InterfaceType", Fields: "PkgPath Methods"},
	{Struct: "internal/abi.UncommonType", Fields: "PkgPath Mcount Xcount Moff"},
	{Struct: "internal/abi.Name", Fields: "Bytes"},
	{Struct: "internal/abi.ITab", Fields: "Inter Type Hash Fun"},
	{Struct: "internal/runtime/maps.Map", Fields: "used seed dirPtr dirLen globalDepth"},
	{Struct: "runtime/pprof.labelMap", Optional: true, Fields: "list", Until: 25},
	{Struct: "runtime/pprof.labelMap", Optional: true, Fields: "Set.List", From: 26},
	{Struct: "internal/sync.Mutex", Fields: "state sema", Optional: true},
	{Struct: "sync.Mutex", Fields: "mu.state mu.sema", Optional: true},
	{Struct: "sync.RWMutex", Fields: "w.mu.state writerSem readerSem readerCount readerWait", Optional: true},
	{Struct: "sync.WaitGroup", Fields: "state sema", Optional: true},
	{Struct: "sync.Once", Fields: "done m", Optional: true},
	{Struct: "sync.Cond", Fields: "L notify", Optional: true},
	{Struct: "sync.notifyList", Fields: "wait notify lock head tail", Optional: true},
	{Struct: "sync.Map", Fields: "m", Optional: true, From: 26}, // before, an experiment may turn it into another
	{Struct: "internal/sync.HashTrieMap[interface {},interface {}]", Fields: "root initMu", Optional: true},
	{Struct: "sync.Pool", Fields: "local localSize New", Optional: true},
	{Struct: "internal/poll.FD", Fields: "fdmu.state Sysfd pd.runtimeCtx isBlocking", Optional: true, Linux: true},
	{Struct: "os.File", Fields: "file", Optional: true},
	{Struct: "os.file", Fields: "pfd.Sysfd name", Optional: true},
	{Struct: "os.Process", Fields: "Pid", Optional: true},
	{Struct: "net.netFD", Fields: "pfd.Sysfd family sotype net laddr raddr", Optional: true, Linux: true},
	{Struct: "time.Timer", Fields: "C initTimer", Optional: true},
	{Struct: "time.Ticker", Fields: "C initTicker", Optional: true},
	{Struct: "context.cancelCtx", Fields: "mu done children err", Optional: true},
	{Struct: "context.timerCtx", Fields: "timer deadline", Optional: true},
	{Struct: "context.valueCtx", Fields: "key val", Optional: true},
}

// Missing lists what [Required] names and the layout lacks: "runtime.g",
// "runtime.g.goid". number is the minor version, 26 for go1.26, or -1 where it
// is not known; then needs that are bound to versions are left out. always
// leaves out what a program may lack by right.
func (l *Layout) Missing(number int, arch string, always bool) []string {
	var missing []string
	for _, need := range Required {
		bound := need.From != 0 || need.Until != 0
		if always && need.Optional || need.Linux && arch == "wasm" || bound && number < need.From ||
			need.Until != 0 && number > need.Until {
			continue
		}
		if _, ok := l.Structs[need.Struct]; !ok {
			missing = append(missing, need.Struct)
			continue
		}
		for path := range strings.FieldsSeq(need.Fields) {
			if _, ok := l.Field(need.Struct, path); !ok {
				missing = append(missing, need.Struct+"."+path)
			}
		}
	}
	for _, name := range requiredConsts {
		if _, ok := l.Consts[name]; !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

// requiredConsts must be in every layout.
var requiredConsts = []string{
	"runtime._Gidle", "runtime._Grunnable", "runtime._Grunning", "runtime._Gsyscall", "runtime._Gwaiting", "runtime._Gdead",
	"runtime._Gcopystack", "runtime._Gpreempted", "runtime._Gscan",
	"runtime._Pidle", "runtime._Prunning", "runtime._Pgcstop", "runtime._Pdead",
	"runtime.mSpanDead", "runtime.mSpanInUse", "runtime.mSpanManual",
	"runtime.heapArenaBytes", "runtime.arenaL1Bits", "runtime.arenaL2Bits", "runtime.arenaBaseOffset", "runtime.pagesPerArena",
	"runtime._PageSize", "runtime.rwmutexMaxReaders", "runtime.semTabSize", "runtime.pdReady", "runtime.pdWait",
	"runtime.waitReasonSleep", "runtime._KindSpecialFinalizer",
}
