package text

// nativeFindings are the sentences of findings about C memory.
//
//	finding.leak/cgo.title.…     function, bytes a second
//	finding.leak/cgo.title.handles  function, what makes them, what destroys them
//	finding.leak/cgo.title.owner[.perhaps]  holder, bytes
//	why.leak.c                   bytes of C memory, bytes in all
//	finding.leak/native.title.…  the same, or bytes
var nativeFindings = Table{
	"finding.leak/cgo.title.lost":          {"%[1]s allocates C memory that is never freed: %[2]s a second are lost", "%[1]s 分配的 C 内存从未释放：每秒丢失 %[2]s"},
	"finding.leak/cgo.title.held":          {"%[1]s allocates C memory and nothing of it goes: it grows by %[2]s a second", "%[1]s 分配的 C 内存只增不减：每秒增加 %[2]s"},
	"finding.leak/cgo.title.rising":        {"%[1]s makes a block of C memory larger and larger: by %[2]s a second", "%[1]s 不断扩大一块 C 内存：每秒增加 %[2]s"},
	"finding.leak/cgo.title.handles":       {"%[1]s makes more and more by %[2]s that is not destroyed by %[3]s", "%[1]s 用 %[2]s 创建的对象越来越多，没有用 %[3]s 销毁"},
	"finding.leak/cgo.title.owner":         {"%[1]s, in Go, holds more and more C memory that is never freed: %[2]s", "Go 的 %[1]s 持有的 C 内存只增不减、从未释放：%[2]s"},
	"finding.leak/cgo.title.owner.perhaps": {"%[1]s, in Go, holds more C memory than before: %[2]s", "Go 的 %[1]s 持有的 C 内存比之前多：%[2]s"},
	"finding.leak/cgo.now": {
		"restart the program before memory runs out; keep the evidence first: gomedic native %[1]d --save c.gomedic",
		"在内存耗尽前重启程序；先保存证据：gomedic native %[1]d --save c.gomedic"},
	"finding.leak/cgo.change.free": {
		"free what %[1]s returned when it is no longer used: defer C.free(unsafe.Pointer(p)), or where its owner is closed; Go's collector never does",
		"不再使用时释放 %[1]s 返回的内存：defer C.free(unsafe.Pointer(p))，或在其所有者关闭时释放；Go 的垃圾回收从不处理它"},
	"finding.leak/cgo.change.handles": {
		"call %[1]s for each handle that %[2]s has made, on every way out of the Go function, or where its owner is closed; Go's collector never does",
		"对 %[2]s 创建的每个句柄调用 %[1]s：在 Go 函数的每条返回路径上，或在其所有者关闭时；Go 的垃圾回收从不处理它"},
	"finding.leak/cgo.change.call": {
		"call the function that undoes %[1]s (destroy, close, free, unref) on every way out of the Go function, also when it returns an error",
		"在 Go 函数的每条返回路径上（包括返回错误时）调用与 %[1]s 配对的函数（destroy、close、free、unref）"},
	"finding.leak/cgo.change": {
		"free it, or call the library's function that does, on every way out of the Go function, also when it returns an error",
		"在 Go 函数的每条返回路径上（包括返回错误时）释放它，或调用库中负责释放的函数"},
	"finding.leak/cgo.change.owner": {
		"where an entry of %[1]s is done with, free its C memory (C.free, or the library's own function) and take the entry out; Go's collector does neither",
		"%[1]s 中的条目用完时，释放它的 C 内存（C.free 或库自己的函数）并移除该条目；Go 的垃圾回收两者都不做"},
	"finding.leak/cgo.change.lines": {
		"the lines that allocate it: gomedic native %[1]d",
		"分配它的代码行：gomedic native %[1]d"},
	"finding.leak/cgo.change.rising": {
		"give the block a bound: empty it and use it anew, or free it where its work is done",
		"给这块内存设上限：清空后重复使用，或在用完后释放"},

	"finding.leak/native.title.lost":       {"%[1]s, in C, allocates memory that is never freed: %[2]s a second are lost", "C 函数 %[1]s 分配的内存从未释放：每秒丢失 %[2]s"},
	"finding.leak/native.title.held":       {"%[1]s, in C, allocates memory and nothing of it goes: it grows by %[2]s a second", "C 函数 %[1]s 分配的内存只增不减：每秒增加 %[2]s"},
	"finding.leak/native.title.rising":     {"%[1]s, in C, makes a block of memory larger and larger: by %[2]s a second", "C 函数 %[1]s 不断扩大一块内存：每秒增加 %[2]s"},
	"finding.leak/native.title.before":     {"%[1]s of C memory in %[2]d chunks are lost: nothing points to them", "%[2]d 块共 %[1]s 的 C 内存已丢失：没有任何指针指向它们"},
	"finding.leak/native.title.fragmented": {"not a leak: malloc has %[1]s of the system and %[2]s are in use, the rest is free between them", "不是泄漏：malloc 从系统取得 %[1]s，使用中 %[2]s，其余是夹在中间的空闲内存"},
	"finding.leak/native.title.arenas":     {"not a leak: malloc keeps %[1]s in arenas of %[3]d threads, of which %[2]s are in use", "不是泄漏：malloc 在 %[3]d 个线程分配区中留有 %[1]s，使用中 %[2]s"},
	"finding.leak/native.now": {
		"restart the program before memory runs out; keep the evidence first: gomedic native %[1]d --save c.gomedic",
		"在内存耗尽前重启程序；先保存证据：gomedic native %[1]d --save c.gomedic"},
	"finding.leak/native.now.record": {
		"see whether it goes on, and who allocates it: gomedic native --for 30s, as root",
		"查看是否仍在继续、由谁分配：以 root 运行 gomedic native --for 30s"},
	"finding.leak/native.change": {
		"a thread of the C library's own allocates it: look for a newer version of that library, and for what your program must close or release of it",
		"由 C 库自己的线程分配：请查看该库的更新版本，以及程序需要关闭或释放它的哪些东西"},
	"finding.leak/native.change.before": {
		"what the chunks hold says whose they are; each that C code returned to Go must be freed by Go code",
		"从内存块的内容可以看出属于谁；C 代码返回给 Go 的每一块都必须由 Go 代码释放"},
	"finding.leak/native.change.rising": {
		"the block has no bound: look for the setting or the call of that library that empties it",
		"这块内存没有上限：请查找该库中清空它的设置或函数"},
	"finding.leak/native.change.fragmented": {
		"call malloc_trim(0) after a peak (C.malloc_trim), or allocate what lives long before what lives short; nothing has to be freed",
		"在峰值之后调用 malloc_trim(0)（C.malloc_trim），或先分配长期使用的、再分配短期使用的内存；不需要释放什么"},
	"finding.leak/native.change.arenas": {
		"start it with MALLOC_ARENA_MAX=2, or call mallopt(M_ARENA_MAX, 2) first thing: threads then share arenas; malloc_trim(0) gives back what is free",
		"启动时设置 MALLOC_ARENA_MAX=2，或在最开始调用 mallopt(M_ARENA_MAX, 2)：线程将共用分配区；malloc_trim(0) 可归还空闲内存"},

	"finding.leak/c-heap-corrupt.title.size":      {"the C heap is damaged: the chunk at %[1]s has the impossible size %[2]s", "C 堆已损坏：%[1]s 处的内存块大小 %[2]s 不可能"},
	"finding.leak/c-heap-corrupt.title.prev-size": {"the C heap is damaged: the free chunk at %[1]s and the copy of its size (%[2]s) differ", "C 堆已损坏：%[1]s 处空闲块的大小与其副本（%[2]s）不一致"},
	"finding.leak/c-heap-corrupt.title.link":      {"the C heap is damaged: the list of free chunks is torn at %[1]s (%[2]s)", "C 堆已损坏：空闲块链表在 %[1]s 处断裂（%[2]s）"},
	"finding.leak/c-heap-corrupt.now": {
		"save the user's work and restart: the next malloc or free there ends the program, or corrupts more",
		"保存用户的工作并重启：下一次在那里 malloc 或 free 会让程序终止，或造成更多损坏"},
	"finding.leak/c-heap-corrupt.change": {
		"run it once with a sanitizer, which stops at the write itself: CGO_CFLAGS=-fsanitize=address CGO_LDFLAGS=-fsanitize=address go build -asan",
		"用 sanitizer 运行一次，它会停在那次写入处：CGO_CFLAGS=-fsanitize=address CGO_LDFLAGS=-fsanitize=address go build -asan"},

	"remedy.now.native.watch": {"record for longer before you act: a cache that fills looks like this as well: gomedic native %[1]d --for 60s", "先记录更久再动手：缓存填充时也是这个样子：gomedic native %[1]d --for 60s"},

	"why.leak.c":                  {"%[1]s of the %[2]s are C memory (malloc) that nothing of C's own points to: no variable, no memory that it has in use", "其中 %[2]s 里有 %[1]s 是 C 内存（malloc），C 自己没有任何东西指向它：没有变量，也没有使用中的内存"},
	"why.native.left":             {"in %[3]s it allocated %[1]d times (%[2]s); %[4]d of these (%[5]s) were not freed by the end", "在 %[3]s内分配了 %[1]d 次（%[2]s），到结束时有 %[4]d 块（%[5]s）没有释放"},
	"why.native.allocated":        {"in %[3]s it allocated %[1]d times (%[2]s)", "在 %[3]s内分配了 %[1]d 次（%[2]s）"},
	"why.native.lost":             {"nothing points to %[1]d of them (%[2]s) any more: no C memory that is in use, no variable, no stack, no live object of Go's; they can never be freed", "其中 %[1]d 块（%[2]s）已没有任何指针指向：使用中的 C 内存、变量、栈、Go 的存活对象都没有；它们再也无法释放"},
	"why.native.held":             {"something still points to them; they were allocated all the time, none of the old ones went, and the C heap grew by as much", "仍有指针指向它们；整段时间都在分配，旧的没有减少，C 堆也增长了同样多"},
	"why.native.held.unseen":      {"whether something points to them is not known; they were allocated all the time and not freed, and the whole program allocated %[1]d times and freed %[2]d times", "不知道是否仍有指针指向它们；整段时间都在分配而没有释放，整个程序分配了 %[1]d 次，释放了 %[2]d 次"},
	"why.native.rising":           {"what it has at a time rose by %[1]s without once falling, and the C heap with it", "它同时占用的内存增加了 %[1]s，从未减少，C 堆也随之增长"},
	"why.native.holds.text":       {"they hold text, such as “%[1]s”", "其中是文本，例如 “%[1]s”"},
	"why.native.holds.object":     {"they hold objects of the C++ class %[1]s", "其中是 C++ 类 %[1]s 的对象"},
	"why.native.holds.go":         {"they hold pointers into Go's memory", "其中有指向 Go 内存的指针"},
	"why.native.holds.chunks":     {"they hold pointers to other C memory", "其中有指向其他 C 内存的指针"},
	"why.native.stack":            {"allocated by %[1]s", "分配路径：%[1]s"},
	"why.native.goroutines":       {"by goroutine %[1]s", "由 goroutine %[1]s 分配"},
	"why.native.windows":          {"it allocates so often that it was recorded in %[1]d windows, %[2]s of %[3]s; the rate is scaled, ± %[4]s", "分配过于频繁，因此分 %[1]d 段记录，共 %[3]s 中的 %[2]s；速率经换算，误差 ± %[4]s"},
	"why.native.before":           {"%[1]d chunks (%[2]s) of %[3]d (%[4]s) have no pointer to them: not in C's memory that is in use, nor on a stack, nor in a live object of Go's", "%[3]d 块（%[4]s）中有 %[1]d 块（%[2]s）没有任何指针指向：使用中的 C 内存、栈、Go 的存活对象里都没有"},
	"why.native.before.still":     {"in the %[1]s that were recorded nothing was added: it was lost earlier", "在记录的 %[1]s里没有增加：是更早丢失的"},
	"why.native.group":            {"%[1]d of them have %[2]d bytes", "其中 %[1]d 块为 %[2]d 字节"},
	"why.native.unused":           {"%[1]s are free in malloc's lists and %[2]s at the ends of its arenas, of %[3]s in all", "共 %[3]s，其中 %[1]s 在 malloc 的空闲链表里，%[2]s 在各分配区末尾"},
	"why.native.arenas":           {"%[1]d threads' arenas have %[2]s of it: each thread frees into its own", "%[1]d 个线程分配区占其中 %[2]s：每个线程释放到自己的分配区"},
	"why.native.damage.size":      {"a chunk's size is a multiple of 16 within its arena; at %[1]s stands %[2]s", "块的大小应是 16 的倍数且在分配区之内；%[1]s 处却是 %[2]s"},
	"why.native.damage.prev-size": {"malloc writes the size of a free chunk at its end, too; of the one at %[1]s that copy says %[2]s: somebody wrote into freed memory, or beyond the end of the chunk before", "malloc 会在空闲块末尾再写一次大小；%[1]s 处那一块的副本是 %[2]s：有人写了已释放的内存，或写过了前一块的末尾"},
	"why.native.damage.link":      {"the free chunk at %[1]s names %[2]s as its neighbour, which does not know it: somebody wrote into freed memory", "%[1]s 处的空闲块称 %[2]s 为邻居，对方却不认识它：有人写了已释放的内存"},
	"why.native.damage.text":      {"what was written there is text: “%[1]s”", "写在那里的是文本：“%[1]s”"},
	"why.native.damage.before":    {"the chunk in use right before it, at %[1]s with %[2]d bytes, is the likeliest to have been written beyond its end", "紧挨在它前面的使用中的块（%[1]s，%[2]d 字节）最可能是被写过了末尾"},
	"why.native.damage.holds":     {"that one holds “%[1]s”", "那一块的内容是 “%[1]s”"},
	"why.native.damage.more.one":  {"one more place is damaged", "另有一处损坏"},
	"why.native.damage.more.many": {"%[1]d more places are damaged", "另有 %[1]d 处损坏"},
}
