package layout

import "strings"

// Wanted names the types whose layouts are taken, by package. Structs that lie
// inside them come along. A name that a version does not have is left out;
// required.go says which may not lack.
var Wanted = map[string][]string{
	"runtime": {
		// Goroutines, threads, processors, the scheduler.
		"g", "m", "p", "schedt", "gobuf", "stack", "mOS", "gsignalStack", "coro", "ancestorInfo", "synctestBubble",
		"gList", "gQueue", "sysmontick", "libcall",
		// What goroutines wait on.
		"sudog", "hchan", "waitq", "scase", "notifyList", "semaRoot", "semTable", "rwmutex", "mutex", "note",
		"mWaitList", "pollDesc", "pollCache", "timer", "timeTimer", "timers", "timerWhen",
		// Stacks and calls.
		"_defer", "_panic", "funcval", "stkframe", "stackObjectRecord", "stackmap", "reflectMethodValue",
		"ucontext", "mcontext", "sigcontext", "siginfo", // what the kernel pushes for a signal
		// Binaries: modules, functions, line tables.
		"moduledata", "_func", "pcHeader", "functab", "findfuncbucket", "inlinedCall", "textsect", "modulehash", "bitvector",
		"ptabEntry", "itabTableType", "srcFunc", "funcInfo", "_type",
		// Values.
		"iface", "eface", "slice", "stringStruct",
		// The heap.
		"mspan", "mheap", "heapArena", "mcentral", "mcache", "mSpanList", "mSpanStateBox", "gcWork", "workbuf", "spanSet",
		"spanSetBlock", "gcBits", "arenaHint", "addrRange", "pageAlloc", "fixalloc", "spanInlineMarkBits",
		"special", "specialfinalizer", "specialCleanup", "specialprofile", "specialWeakHandle", "specialPinCounter",
		"specialReachable", "specialBubble", "specialSecret", "specialTinyBlock", "specialCheckFinalizer",
		"finalizer", "finBlock", "cleanupQueue", "cleanupBlock", "cleanupFn",
		"gcControllerState", "mstats", "consistentHeapStats", "heapStatsDelta", "sysMemStat", "workType", "gcCPULimiterState",
		// Profiles.
		"bucket", "memRecord", "memRecordCycle", "blockRecord",
	},
	"internal/abi": {
		"Type", "ArrayType", "ChanType", "FuncType", "InterfaceType", "MapType", "OldMapType", "SwissMapType", "PtrType",
		"SliceType", "StructType", "StructField", "UncommonType", "Method", "Imethod", "Name", "ITab", "EmptyInterface",
		"NonEmptyInterface", "InterfaceSwitch", "TypeAssert",
	},
	"internal/runtime/maps":        {"Map", "table", "groupReference", "groupsReference", "ctrlGroup"},
	"internal/runtime/pprof/label": {"Label", "Set"},
	"runtime/pprof":                {"labelMap", "LabelSet", "label"},
	"internal/sync":                {"Mutex", "HashTrieMap[interface {},interface {}]", "indirect[interface {},interface {}]", "entry[interface {},interface {}]", "node[interface {},interface {}]"},
	"sync":                         {"Mutex", "RWMutex", "WaitGroup", "Once", "Cond", "notifyList", "Map", "Pool", "poolLocal", "poolLocalInternal"},
	"sync/atomic":                  {"Int32", "Uint32", "Int64", "Uint64", "Value", "Bool"},
	"internal/poll":                {"FD", "pollDesc", "fdMutex", "SysFile"},
	"os":                           {"File", "file", "Process", "processHandle", "ProcessState", "dirInfo"},
	"os/exec":                      {"Cmd"},
	"net":                          {"netFD", "conn", "TCPConn", "UnixConn", "UDPConn", "TCPListener", "TCPAddr", "UnixAddr", "UDPAddr", "IPAddr"},
	"time":                         {"Time", "Timer", "Ticker", "Location"},
	"context":                      {"cancelCtx", "timerCtx", "valueCtx", "afterFuncCtx", "withoutCancelCtx", "backgroundCtx"},
}

// WantsConst says whether a package-level integer constant is taken.
func WantsConst(pkg, name string) bool {
	for _, prefix := range wantedConsts[pkg] {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// wantedConsts holds the beginnings of the names, by package.
var wantedConsts = map[string][]string{
	"runtime": {
		"_G", "_P", // _Gwaiting, _GCmark, _Prunning, _PageSize; _PROT_… come along
		"waitReason", "mSpan", "heapArena", "arena", "logHeapArenaBytes", "pagesPerArena", "pageShift", "pageSize", "pagesPer",
		"numSpanClasses", "tinySpanClass", "heapAddrBits", "maxAlloc", "minLegalPointer", "heapBitsInSpan", "_NumSizeClasses",
		"maxSmallSize", "mallocHeaderSize", "minSizeForMallocHeader", "tinySizeClass", "_TinySizeClass",
		"mutex", "rwmutexMaxReaders", "locked", "semTabSize", "active_spin",
		"pdNil", "pdReady", "pdWait", "pollBlockSize",
		"timer", "traceBlock",
		"memProfile", "blockProfile", "mutexProfile", "buckHashSize", "maxStack", "maxProfStackDepth",
		"_KindSpecial", "_FinBlockSize",
		"funcID", "minfunc", "pcbucketsize", "findfuncbucketsize", "tagBits", "addrBits", "taggedPointer", "tagAlignBits",
		"spanSet", "gTracking", "stackMin", "stackSystem", "stackGuard", "stackSmall", "fixedStack",
		"debugCall", "minTopHash", "finalizer", "spanAlloc",
	},
	"internal/abi": {
		"Kind", "TFlag", "FuncID", "FuncFlag", "PCDATA", "FUNCDATA", "UnsafePoint", "FuncTabBucketSize", "MINFUNC", "MinFrameSize",
		"Array", "Bool", "Chan", "Complex", "Float", "Func", "Int", "Interface", "Invalid", "Map", "Pointer", "Slice", "String",
		"Struct", "Uint", "SwissMap", "OldMap", "StackSmall", "StackBig", "CurrentPCLnTabMagic", "Go1", "Imethod", "ZeroValSize",
	},
	"internal/runtime/gc":   {""},
	"internal/runtime/maps": {""},
	"internal/sync":         {"mutex"},
	"sync":                  {"mutex", "rwmutex", "waitGroup"},
	"internal/poll":         {"mutex", "pollErr"},
}

// WantedNames gives all that decides what is taken, for a hash.
func WantedNames() []map[string][]string { return []map[string][]string{Wanted, wantedConsts} }
