package text

// gpuCalls are the sentences about calls into the graphics driver. Keys and arguments:
//
//	finding.gpu/finish-per-frame.title        function, driver's function
//	finding.gpu/sync-object-leak.title        function, objects, what destroys them
//	finding.leak/image.title.gpu              function, objects, what destroys them
//	finding.ui-stalled/gpu.title.frames.each  function, driver's function, time
//	finding.*.change.gpu                      what destroys them, function
//	why.gpucalls.finish        driver's function, frames with it, frames, time in each, share of a frame
//	why.gpucalls.objects       made, by, destroyed, by, left, a second
//	why.gpucalls.late          late frames, their time, the driver's share
//	gpu.object.KIND            no argument: objects of that kind
var gpuCalls = Table{
	"finding.gpu/finish-per-frame.title":         {"%[1]s waits in every frame, in %[2]s, until the GPU has done everything", "%[1]s 每一帧都在 %[2]s 里等 GPU 做完所有工作"},
	"finding.gpu/finish-per-frame.now":           {"nothing to be done from outside; a smaller window makes the wait shorter", "从外部无法消除；把窗口缩小可以缩短等待"},
	"finding.gpu/finish-per-frame.change.gl":     {"take the call out of %[1]s: swapping buffers keeps the order, and reads and sync objects wait by themselves for what they need", "从 %[1]s 里去掉这个调用：交换缓冲区会保持顺序，读取和同步对象会自己等待所需的内容"},
	"finding.gpu/finish-per-frame.change.vulkan": {"in %[1]s wait for the fence of the frame before the last instead (vkWaitForFences at the frame's start), with two or three frames in flight and resources of their own for each", "在 %[1]s 里改为等待前两帧的 fence（帧开头调用 vkWaitForFences），保持两三帧同时进行，每帧使用各自的资源"},

	"finding.gpu/sync-object-leak.title":      {"%[1]s makes %[2]s and never destroys them (%[3]s)", "%[1]s 创建%[2]s却从不销毁（%[3]s）"},
	"finding.gpu/sync-object-leak.now.gpu":    {"restart it before the driver has no more: it grows as long as frames are drawn", "在驱动资源耗尽前重启：只要还在绘制，数量就会增长"},
	"finding.gpu/sync-object-leak.change.gpu": {"call %[1]s for what %[2]s makes once it was waited for, or make a few at the start and use them in turn", "%[2]s 创建的对象等待完成后调用 %[1]s，或在启动时创建几个轮流使用"},

	"finding.leak/image.title.gpu":  {"%[1]s makes %[2]s and does not destroy them (%[3]s): the driver's memory grows", "%[1]s 创建%[2]s却不销毁（%[3]s）：驱动的内存不断增长"},
	"finding.leak/image.now.gpu":    {"restart it before the GPU's memory is full", "在显存用完之前重启"},
	"finding.leak/image.change.gpu": {"call %[1]s when %[2]s makes a new one in place of an old one, on the thread of the context; a finalizer runs on another", "%[2]s 用新对象替换旧对象时，在上下文所在的线程上调用 %[1]s；终结器会在别的线程上运行"},

	"finding.ui-stalled/gpu.title.frames.each": {"%[1]s waits %[3]s in every frame in the driver's %[2]s", "%[1]s 每一帧都在驱动的 %[2]s 里等待 %[3]s"},
	"finding.ui-stalled/gpu.change.read":       {"let %[1]s read into a buffer (GL_PIXEL_PACK_BUFFER) and map that one or two frames later, or keep a copy in memory", "让 %[1]s 读到缓冲区（GL_PIXEL_PACK_BUFFER），一两帧之后再映射，或在内存里保留副本"},
	"finding.ui-stalled/gpu.change.map":        {"let %[1]s write into one of several buffers in turn, or map it with GL_MAP_INVALIDATE_BUFFER_BIT: a buffer that is being drawn from is waited for", "让 %[1]s 轮流写多个缓冲区，或以 GL_MAP_INVALIDATE_BUFFER_BIT 映射：正在被绘制使用的缓冲区需要等待"},
	"finding.ui-stalled/gpu.change.wait":       {"let %[1]s wait for the sync object or fence of an earlier frame, not for that of this one", "让 %[1]s 等待更早一帧的同步对象或 fence，而不是这一帧的"},

	"why.gpucalls.finish":         {"%[1]s is called in %[2]d of %[3]d frames and takes %[4]s in each, %[5]s of a frame's time", "%[3]d 帧中有 %[2]d 帧调用了 %[1]s，每帧耗时 %[4]s，占一帧时间的 %[5]s"},
	"why.gpucalls.times":          {"%[1]s is called in %[2]d of %[3]d frames", "%[3]d 帧中有 %[2]d 帧调用了 %[1]s"},
	"why.gpucalls.computes":       {"the thread computes %[2]s of the time in %[1]s: the driver copies, compiles or translates there", "%[1]s 里 %[2]s 的时间线程在计算：驱动在那里复制、编译或转换"},
	"why.gpucalls.software":       {"it waits for the driver's own threads, which draw on the CPU (%[1]s)", "等的是驱动自己的线程，它们用 CPU 绘制（%[1]s）"},
	"why.gpucalls.waits":          {"the thread sleeps in %[1]s: it waits for the GPU, which draws for this program or for others", "线程在 %[1]s 里休眠：在等 GPU，它在为本程序或别的程序绘制"},
	"why.gpucalls.read":           {"reading back waits until everything before it is drawn", "回读要等之前的内容全部画完"},
	"why.gpucalls.map":            {"a buffer that is still being used can only be mapped when the GPU is done with it", "仍在使用的缓冲区要等 GPU 用完才能映射"},
	"why.gpucalls.wait":           {"it waits for what was handed to the driver in the same frame", "等的是同一帧里刚交给驱动的工作"},
	"why.gpucalls.call":           {"%[1]s (%[2]s): %[3]d calls, %[4]s as a rule, %[5]s at most", "%[1]s（%[2]s）：调用 %[3]d 次，通常 %[4]s，最长 %[5]s"},
	"why.gpucalls.late":           {"of the %[1]d late frames' %[2]s, %[3]s was spent in calls of the driver:", "%[1]d 个掉帧共 %[2]s，其中 %[3]s 花在驱动的调用里："},
	"why.gpucalls.late.call":      {"%[3]s (%[4]s) in %[1]s, called at %[2]s", "%[3]s（%[4]s）在 %[1]s 里，由 %[2]s 调用"},
	"why.gpucalls.swap":           {"%[1]s was called %[2]d times and took %[3]s as a rule, %[4]s at most", "%[1]s 调用了 %[2]d 次，通常耗时 %[3]s，最长 %[4]s"},
	"why.gpucalls.swap.free":      {"the swap does not wait for the display", "交换缓冲区时没有等待屏幕"},
	"why.gpucalls.swap.refreshes": {"each swap waits for %[1]d refreshes: a swap interval above 1, or a compositor that shows every other frame", "每次交换等待 %[1]d 次刷新：交换间隔大于 1，或合成器隔帧呈现"},
	"why.gpucalls.interval":       {"the program set the swap interval to %[1]d", "程序把交换间隔设成了 %[1]d"},
	"why.gpucalls.objects":        {"%[1]d made by %[2]s, %[3]d of them destroyed by %[4]s: %[5]d more, %[6]s a second", "%[2]s 创建了 %[1]d 个，%[4]s 销毁了其中 %[3]d 个：多出 %[5]d 个，每秒 %[6]s 个"},
	"why.gpucalls.objects.frames": {"some are made in every frame", "每一帧都在创建"},
	"why.gpucalls.objects.some":   {"those that were destroyed lived for %[1]s at most, the oldest that is left for %[2]s so far", "被销毁的最长存在 %[1]s，留下的最老的已存在 %[2]s"},

	"gpu.object.sync-object":        {"sync objects", "同步对象"},
	"gpu.object.egl-sync-object":    {"EGL sync objects", "EGL 同步对象"},
	"gpu.object.fence":              {"fences", "栅栏（fence）"},
	"gpu.object.semaphore":          {"semaphores", "信号量"},
	"gpu.object.event":              {"events", "事件对象"},
	"gpu.object.texture":            {"textures", "纹理"},
	"gpu.object.buffer":             {"buffers", "缓冲区"},
	"gpu.object.framebuffer":        {"framebuffers", "帧缓冲"},
	"gpu.object.renderbuffer":       {"renderbuffers", "渲染缓冲"},
	"gpu.object.vertex-array":       {"vertex arrays", "顶点数组"},
	"gpu.object.query":              {"queries", "查询对象"},
	"gpu.object.sampler":            {"samplers", "采样器"},
	"gpu.object.shader":             {"shaders", "着色器"},
	"gpu.object.program":            {"programs", "着色程序"},
	"gpu.object.device-memory":      {"pieces of device memory", "设备内存"},
	"gpu.object.image":              {"images", "图像"},
	"gpu.object.image-view":         {"image views", "图像视图"},
	"gpu.object.vulkan-buffer":      {"buffers", "缓冲区"},
	"gpu.object.vulkan-framebuffer": {"framebuffers", "帧缓冲"},
	"gpu.object.query-pool":         {"query pools", "查询池"},
	"gpu.object.command-pool":       {"command pools", "命令池"},
	"gpu.object.descriptor-pool":    {"descriptor pools", "描述符池"},

	"cli.native.flag.gpu": {"watch the calls into the graphics driver instead of the memory; a program that is started gets a Vulkan layer", "观察对显卡驱动的调用，而不是内存；由它启动的程序会带上 Vulkan 层"},

	"gpucalls.list":         {"calls into the graphics driver", "对显卡驱动的调用"},
	"gpucalls.frames":       {"%[1]d frames in %[2]s", "%[2]s内 %[1]d 帧"},
	"gpucalls.display":      {"the display shows %[1]s a second", "屏幕每秒刷新 %[1]s 次"},
	"gpucalls.interval":     {"swap interval %[1]d", "交换间隔 %[1]d"},
	"gpucalls.objects":      {"%[1]s: %[2]d made, %[3]d of them destroyed", "%[1]s：创建 %[2]d 个，其中销毁 %[3]d 个"},
	"gpucalls.head.call":    {"call", "调用"},
	"gpucalls.head.times":   {"times", "次数"},
	"gpucalls.head.total":   {"in all", "总计"},
	"gpucalls.head.median":  {"as a rule", "通常"},
	"gpucalls.head.longest": {"longest", "最长"},

	"limit.gpucalls-none.why":       {"no library of a graphics driver is in the program: it draws otherwise, or not yet", "程序里没有显卡驱动的库：它用别的方式绘制，或还没有开始绘制"},
	"limit.gpucalls-none.help":      {"watch it once its window is there", "等窗口出现之后再观察"},
	"limit.gpucalls-privilege.why":  {"calls into the graphics driver were not watched: this user may set no probes", "没有观察对显卡驱动的调用：当前用户不能设置探针"},
	"limit.gpucalls-privilege.help": {"run gomedic as root, or give it CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE", "以 root 运行 gomedic，或授予 CAP_BPF、CAP_PERFMON 和 CAP_SYS_PTRACE"},
	"limit.gpucalls-kernel.why":     {"calls into the graphics driver were not watched: %[1]s", "没有观察对显卡驱动的调用：%[1]s"},
	"limit.gpucalls-kernel.help":    {"Linux 5.15 or later with uprobes and BPF is needed", "需要 5.15 或更新、带 uprobes 和 BPF 的 Linux 内核"},
	"limit.gpucalls-processor.why":  {"calls into the graphics driver are watched on amd64 only, and this is %[1]s", "只能在 amd64 上观察对显卡驱动的调用，这里是 %[1]s"},
	"limit.gpucalls-processor.help": {"gomedic frames tells which part of a frame is late", "gomedic frames 能说明一帧的哪一部分迟了"},
	"limit.gpucalls-confined.why":   {"only the beginnings of the driver's calls were seen: the program's filter of system calls and this kernel (6.11 to 6.13) do not agree on return probes", "只看到了驱动调用的开始：程序的系统调用过滤器与这个内核（6.11 到 6.13）在返回探针上不兼容"},
	"limit.gpucalls-confined.help":  {"Linux 6.14 or later, or the program outside of its sandbox", "使用 6.14 或更新的内核，或在沙箱之外运行程序"},
	"limit.gpucalls-dropped.why":    {"called so often that watching would have slowed the program down, and watched no longer: %[1]s", "调用过于频繁，继续观察会拖慢程序，因此不再观察：%[1]s"},
	"limit.gpucalls-dropped.help":   {"their counts and times are those of the beginning only", "它们的次数和时间只包括开头一段"},
	"limit.gpucalls-lost.why":       {"%[1]d events of the driver's calls were not kept: there was no room", "有 %[1]d 个驱动调用事件因空间不足没有保留"},
	"limit.gpucalls-lost.help":      {"watch for a shorter time", "缩短观察时间"},
	"limit.gpucalls-no-device.why":  {"the Vulkan loader is in the program, and no device of it was found: calls by addresses from vkGetDeviceProcAddr were not seen", "程序里有 Vulkan 加载器，但没有找到它的设备：看不到经由 vkGetDeviceProcAddr 取得地址的调用"},
	"limit.gpucalls-no-device.help": {"watch it once it draws; the loader that was tried is 1.3.239", "等它开始绘制后再观察；试过的加载器是 1.3.239"},
	"limit.gpucalls-system.why":     {"calls into the graphics driver are watched on Linux only", "只能在 Linux 上观察对显卡驱动的调用"},
	"limit.gpucalls-system.help":    {"see docs/platforms.md for what each system's own tools tell", "各系统自带工具能说明什么，见 docs/platforms.md"},
}
