package text

// gpuMemory are the sentences about a GPU's memory, its clients, and the Vulkan layer.
// Keys and arguments:
//
//	gpucalls.client            name, pid, kernel driver, what it does
//	gpucalls.memory            size, pieces, most
//	why.gpucalls.others        share of the time, engine, name, pid
var gpuMemory = Table{
	"gpucalls.present":       {"present mode %[1]s", "呈现模式 %[1]s"},
	"gpucalls.card":          {"card %[1]s: %[2]s of %[3]s of its memory in use", "显卡 %[1]s：显存 %[3]s，已用 %[2]s"},
	"gpucalls.device-memory": {"the device has %[1]s of memory", "设备有 %[1]s 内存"},
	"gpucalls.client":        {"also on the GPU: %[1]s (%[2]d, %[3]s): %[4]s", "GPU 上还有：%[1]s（%[2]d，%[3]s）：%[4]s"},
	"gpucalls.client.own":    {"on the GPU: %[1]s (%[2]d, %[3]s): %[4]s", "GPU 上：%[1]s（%[2]d，%[3]s）：%[4]s"},
	"gpucalls.busy":          {"%[1]s of the time in %[2]s", "%[2]s 占用 %[1]s 的时间"},
	"gpucalls.idle":          {"no work", "没有工作"},
	"gpucalls.memory":        {"device memory: %[1]s in %[2]d pieces, %[3]s at most", "设备内存：%[2]d 块共 %[1]s，最多时 %[3]s"},

	"why.gpucalls.others": {"meanwhile the GPU worked %[1]s of the time (%[2]s) for another program: %[3]s (pid %[4]d)", "这段时间里 GPU 有 %[1]s 的时间（%[2]s）在为另一个程序工作：%[3]s（进程 %[4]d）"},
	"why.gpucalls.own":    {"the GPU worked %[1]s of the time (%[2]s) for this program", "GPU 有 %[1]s 的时间（%[2]s）在为本程序工作"},

	"error.native-gpu": {"--gpu watches the graphics driver, and %[1]s is about memory", "--gpu 观察显卡驱动，而 %[1]s 针对内存"},
	"hint.native-gpu":  {"run gomedic native once with --gpu and once with %[1]s", "分两次运行 gomedic native：一次用 --gpu，一次用 %[1]s"},

	"limit.gpucalls-layer.why":  {"the program did not take the Vulkan layer that it was started with: a loader before 1.3.207, a setuid program, or a sandbox that does not see the folder", "程序没有加载启动时给它的 Vulkan 层：加载器早于 1.3.207、setuid 程序，或看不到该目录的沙箱"},
	"limit.gpucalls-layer.help": {"its calls are watched by probes where this user may set them; memory is counted from then on only", "当前用户可以设置探针时改用探针观察；内存只从那时起统计"},
}
