package text

// safe are the sentences of gomedic safe.
var safe = Table{
	"cli.safe.short": {"start a program in safe mode: software rendering, and what else is known to help", "以安全模式启动程序：软件渲染，以及其他已知有用的办法"},
	"cli.safe.long": {
		`Start a program so that its window comes back: drawn in software instead of by
the GPU, without variables that send it to a wrong driver, its cache aside, and
with settings of its own where the toolkit has some (Fyne: no animations, no
theme file, the usual scale; preferences of the program stay).

gomedic looks at the screen to see whether the window now draws, and at the
program's memory for its renderer. Where the program dies or its window stays
blank, it is ended and started again on the next rung of the ladder; --ladder
shows the rungs and starts nothing. For programs whose toolkit is not known, only
the switches of Mesa, glvnd and the Vulkan loader are set.

Standard input and output are the program's; what gomedic does is said on standard
error, where the program writes as well. Signals go to the program. When it ends,
gomedic ends with its exit code. With --json the report is on standard output, and
the program's output on standard error.

Exit code: the program's; 2 where no rung helped or nothing could be started.`,
		`启动一个程序并让它的窗口恢复：用软件而不是 GPU 绘制，去掉把它引向错误驱动的
变量，把缓存放到一边；若界面库有设置，则使用一份单独的设置（Fyne：无动画、无
主题文件、常规缩放；程序自己的偏好保留）。

gomedic 会查看屏幕，确认窗口是否在绘制，并在程序的内存中查找它的渲染器。若程序
退出或窗口一直空白，就结束它并用阶梯的下一级重新启动；--ladder 只列出各级，不
启动任何程序。对于不认识的界面库，只设置 Mesa、glvnd 和 Vulkan 加载器的开关。

标准输入和输出归程序使用；gomedic 的说明写到标准错误，程序也写在那里。信号会转
给程序。程序结束时，gomedic 以它的退出码结束。使用 --json 时，报告写到标准输出，
程序的输出写到标准错误。

退出码：程序的退出码；没有一级有用或无法启动时为 2。`,
	},
	"cli.safe.example": {
		`  gomedic safe -- ./kiosk --fullscreen
  gomedic safe --ladder -- ./kiosk
  gomedic safe --rung softpipe -- ./kiosk
  gomedic safe --rung as-is --only --json -- ./kiosk    # only look whether it draws`,
		`  gomedic safe -- ./kiosk --fullscreen
  gomedic safe --ladder -- ./kiosk
  gomedic safe --rung softpipe -- ./kiosk
  gomedic safe --rung as-is --only --json -- ./kiosk    # 只看它是否在绘制`,
	},
	"cli.safe.flag.ladder": {"show the rungs for this program, and start nothing", "列出此程序的各级，不启动任何程序"},
	"cli.safe.flag.rung":   {"begin with this `rung`; as-is changes nothing", "从这一`级`开始；as-is 不做任何改变"},
	"cli.safe.flag.only":   {"try no other rung", "不再尝试其他级"},
	"cli.safe.flag.for":    {"how long to wait for a window that draws, on each rung", "每一级等待窗口开始绘制的时间"},

	"safe.head":         {"gomedic safe: %[1]s (%[2]s)", "gomedic safe：%[1]s（%[2]s）"},
	"safe.head-unknown": {"gomedic safe: %[1]s (no toolkit that gomedic knows: only the switches of Mesa, glvnd and Vulkan are set)", "gomedic safe：%[1]s（不认识其界面库：只设置 Mesa、glvnd 和 Vulkan 的开关）"},
	"safe.folklore":     {"note: %[1]s is set, and no release of the toolkit reads it: it does nothing", "注意：设置了 %[1]s，但界面库的任何版本都不读取它：它没有作用"},
	"safe.rung":         {"rung %[1]s: %[2]s", "%[1]s 级：%[2]s"},
	"safe.said":         {"it said: %[1]s", "它说：%[1]s"},
	"safe.outcome":      {"→ %[1]s", "→ %[1]s"},
	"safe.worked":       {"works: rung %[1]s", "有效：%[1]s 级"},
	"safe.could-not":    {"not done: %[1]s", "未能做到：%[1]s"},
	"safe.finding":      {"%[1]s: %[2]s", "%[1]s：%[2]s"},
	"safe.rebuild":      {"further ways, which need the program built anew, in its source:", "其他办法，需要在源码中重新编译程序："},
	"safe.build":        {"%[1]s (%[2]s)", "%[1]s（%[2]s）"},
	"safe.kept":         {"gomedic safe: what the program has saved is kept in %[1]s", "gomedic safe：程序保存的内容留在 %[1]s"},
	"safe.without":      {"without %[1]s", "去掉 %[1]s"},
	"safe.bare":         {"all other variables taken away", "去掉所有其他变量"},

	"safe.draws":       {"the window draws, after %[1]s: %[2]d×%[3]d, %[4]d colours", "%[1]s后窗口在绘制：%[2]d×%[3]d，%[4]d 种颜色"},
	"safe.by":          {"; by %[1]s", "；由 %[1]s 绘制"},
	"safe.gl":          {", %[1]s", "，%[1]s"},
	"safe.frames":      {"; %[1]d frames in %.1[2]f s", "；%.1[2]f 秒内 %[1]d 帧"},
	"safe.runs":        {"it runs, after %[1]s, and draws by %[2]s; on Wayland its window cannot be looked at", "%[1]s后正在运行，由 %[2]s 绘制；在 Wayland 上无法查看它的窗口"},
	"safe.plain":       {"its window is of one colour on every rung, and it draws (%[1]d frames in %.1[2]f s): that may be its picture", "它的窗口在每一级上都只有一种颜色，而它在绘制（%.1[2]f 秒内 %[1]d 帧）：这可能就是它的画面"},
	"safe.blank":       {"its window (%[2]d×%[3]d) is of one colour after %[1]s", "%[1]s后它的窗口（%[2]d×%[3]d）仍只有一种颜色"},
	"safe.no-window":   {"it runs, and has no window after %[1]s", "它在运行，但%[1]s后仍没有窗口"},
	"safe.died":        {"it ended after %[1]s, with exit code %[2]d, before it drew", "%[1]s后它以退出码 %[2]d 结束，还没有绘制"},
	"safe.died-signal": {"it was ended after %[1]s by a signal (%[2]s), before it drew", "%[1]s后它被信号（%[2]s）终止，还没有绘制"},
	"safe.ended":       {"it ended by itself after %[1]s, without an error", "%[1]s后它自行结束，没有出错"},
	"safe.stopped":     {"stopped after %[1]s", "%[1]s后被中止"},

	"safe.rung.as-is":      {"nothing is changed", "不做任何改变"},
	"safe.rung.software":   {"drawn by the CPU (llvmpipe)", "由 CPU 绘制（llvmpipe）"},
	"safe.rung.x11":        {"the same, through X11 instead of Wayland", "同上，但通过 X11 而不是 Wayland"},
	"safe.rung.desktop-gl": {"the same, with desktop OpenGL (GLX) instead of OpenGL ES (EGL)", "同上，但使用桌面 OpenGL（GLX）而不是 OpenGL ES（EGL）"},
	"safe.rung.gles":       {"the same, with OpenGL ES instead of desktop OpenGL", "同上，但使用 OpenGL ES 而不是桌面 OpenGL"},
	"safe.rung.softpipe":   {"drawn by the CPU without compiled shaders (softpipe): slow, and needs the least", "由 CPU 绘制且不编译着色器（softpipe）：慢，但要求最低"},
	"safe.rung.fresh":      {"as at its first start: settings, data and cache aside", "如同首次启动：设置、数据和缓存都放到一边"},
	"safe.rung.bare":       {"the same, by softpipe, in a bare environment", "同上，由 softpipe 绘制，环境变量减到最少"},

	"safe.folder.config.own":   {"a settings folder of its own", "单独的设置目录"},
	"safe.folder.config.aside": {"an empty settings folder", "空的设置目录"},
	"safe.folder.cache.aside":  {"an empty cache folder", "空的缓存目录"},
	"safe.folder.data.aside":   {"an empty data folder", "空的数据目录"},
	"safe.folder.state.aside":  {"an empty state folder", "空的状态目录"},

	"safe.why.software":   {"OpenGL is drawn by the CPU", "OpenGL 由 CPU 绘制"},
	"safe.why.llvmpipe":   {"by Mesa's fast rasteriser", "使用 Mesa 的快速光栅器"},
	"safe.why.softpipe":   {"by Mesa's plain rasteriser, which compiles nothing", "使用 Mesa 的简单光栅器，不编译任何代码"},
	"safe.why.vendor":     {"Mesa's libraries, and not another vendor's", "使用 Mesa 的库，而不是其他厂商的"},
	"safe.why.lavapipe":   {"Vulkan is drawn by the CPU", "Vulkan 由 CPU 绘制"},
	"safe.why.no-vulkan":  {"no Vulkan: the program takes OpenGL", "不用 Vulkan：程序改用 OpenGL"},
	"safe.why.misleading": {"it chooses a driver, or changes what the toolkit draws with", "它会选择驱动，或改变界面库的绘制方式"},
	"safe.why.fyne":       {"Fyne without animations, without a theme file, in the usual scale; the program's preferences stay", "Fyne 不用动画、不用主题文件、常规缩放；程序的偏好保留"},
	"safe.why.fyne-old":   {"Fyne in its usual theme and scale; this version cannot switch animations off; the program's preferences stay", "Fyne 使用默认主题和缩放；此版本不能关闭动画；程序的偏好保留"},
	"safe.why.ebiten":     {"the one graphics library that Ebitengine has on Linux", "Ebitengine 在 Linux 上唯一的图形库"},
	"safe.why.steam":      {"Ebitengine then takes libGL before libGLESv2", "这样 Ebitengine 会先用 libGL 而不是 libGLESv2"},
	"safe.why.ebiten-es":  {"Ebitengine then takes libGLESv2 before libGL", "这样 Ebitengine 会先用 libGLESv2 而不是 libGL"},
	"safe.why.cache":      {"a damaged cache, of shaders too, is not read", "不读取损坏的缓存，也包括着色器缓存"},
	"safe.why.x11":        {"the toolkit takes X11", "界面库改用 X11"},
	"safe.why.fresh":      {"nothing that was saved before can break it", "之前保存的内容不会再使它出错"},
	"safe.why.loader":     {"no library is put into the program", "不向程序注入任何库"},
	"safe.why.bare":       {"nothing from this session can break it", "当前会话中的任何东西都不会再使它出错"},

	"safe.limit.fyne":       {"a theme that the program sets itself stays: that is in its code", "程序自己设置的主题保持不变：那在它的代码里"},
	"safe.limit.gio":        {"Gio has no settings: animations and theme are in the program's code", "Gio 没有设置：动画和主题在程序代码里"},
	"safe.limit.ebitengine": {"Ebitengine has no settings for effects: shaders and their number are in the program's code", "Ebitengine 没有关于特效的设置：着色器及其数量在程序代码里"},

	"safe.build.gles":          {"OpenGL ES instead of desktop OpenGL", "使用 OpenGL ES 而不是桌面 OpenGL"},
	"safe.build.no-animations": {"no animations, whatever the settings say (there is no tag software in Fyne 2.3 to 2.8)", "无论设置如何都不用动画（Fyne 2.3 到 2.8 没有名为 software 的标签）"},
	"safe.build.novulkan":      {"without Vulkan", "不含 Vulkan"},
	"safe.build.noopengl":      {"without OpenGL, with Vulkan alone", "不含 OpenGL，只用 Vulkan"},
	"safe.build.nowayland":     {"without Wayland", "不含 Wayland"},
	"safe.build.single-thread": {"all calls of the driver from the main thread", "所有驱动调用都在主线程上"},

	"error.safe-arguments": {"no program is named", "没有给出程序"},
	"hint.safe-arguments":  {"gomedic safe -- APP ARGS", "gomedic safe -- 程序 参数"},
	"error.safe-display":   {"there is no display to draw to: %[1]s", "没有可以绘制的显示：%[1]s"},
	"hint.safe-display":    {"start it in the session that shows windows, or set DISPLAY (and XAUTHORITY) to that session's", "请在显示窗口的会话中启动，或把 DISPLAY（和 XAUTHORITY）设为该会话的值"},
	"error.safe-rung":      {"there is no such rung for this program", "此程序没有这一级"},
	"hint.safe-rung":       {"gomedic safe --ladder -- APP names them; as-is changes nothing", "gomedic safe --ladder -- 程序 可列出各级；as-is 不做任何改变"},
	"error.safe-os":        {"gomedic safe starts programs on Linux only", "gomedic safe 只能在 Linux 上启动程序"},
	"hint.safe-os":         {"on Windows and macOS try EBITENGINE_GRAPHICS_LIBRARY=opengl for Ebitengine, or the vendor's driver settings", "在 Windows 和 macOS 上，Ebitengine 可试 EBITENGINE_GRAPHICS_LIBRARY=opengl，或使用厂商的驱动设置"},
	"error.safe-missing":   {"there is no program %[1]s", "没有 %[1]s 这个程序"},
	"hint.safe-missing":    {"check the path, or write ./ before a program of this folder", "请检查路径；当前目录下的程序请在前面加 ./"},
	"error.safe-program":   {"%[1]s cannot be run: it is no program, or this user may not run it", "无法运行 %[1]s：它不是程序，或此用户无权运行"},
	"hint.safe-program":    {"look at its kind (file APP) and its rights (chmod +x APP)", "请检查它的类型（file 程序）和权限（chmod +x 程序）"},
	"error.safe-start":     {"%[1]s could not be started: %[2]s", "无法启动 %[1]s：%[2]s"},
	"hint.safe-start":      {"start it by hand to see more", "请手动启动以查看详情"},
	"error.safe-nothing":   {"%[1]s does not draw on any of the %[2]d rungs that were tried: %[3]s", "%[1]s 在尝试过的 %[2]d 级上都没有绘制：%[3]s"},
	"hint.safe-nothing":    {"what it wrote stands above; gomedic check -- APP says where its code is", "它输出的内容在上面；gomedic check -- 程序 可指出它的代码停在哪里"},
	"hint.safe-same":       {"it ended alike each time, before it drew: the graphics driver is not why; look at what it wrote", "它每次都以同样方式结束，且还没有绘制：原因不在显卡驱动；请看它输出的内容"},
	"gpu.healthy":          {"The kernel log tells no trouble with a graphics driver", "内核日志里没有显卡驱动的问题"},
}
