package text

import "strings"

// HeapLabel returns what an object or a container is to a toolkit, in words: of a
// label such as "renderer cache", which evidence has in English. One that has no
// sentence is the same in each language.
func HeapLabel(label string) Text {
	key := "heap.label." + strings.ReplaceAll(label, " ", "-")
	if _, ok := lookup(key); ok {
		return T(key)
	}
	return Literal(label)
}

var heapLabels = Table{
	"heap.label.aspect-ratio-cache":                     {"aspect ratio cache", "宽高比缓存"},
	"heap.label.blur-cache":                             {"blur cache", "模糊核缓存"},
	"heap.label.buffer-for-antialiasing":                {"buffer for antialiasing", "抗锯齿缓冲区"},
	"heap.label.canvas-cache":                           {"canvas cache", "画布缓存"},
	"heap.label.deferred-image-operations":              {"deferred image operations", "推迟的图像操作"},
	"heap.label.drawing-commands":                       {"drawing commands", "绘图命令"},
	"heap.label.drawn-SVG":                              {"drawn SVG", "已绘制的 SVG"},
	"heap.label.event-tags-of-the-last-frame":           {"event tags of the last frame", "上一帧的事件标签"},
	"heap.label.font-cache":                             {"font cache", "字体缓存"},
	"heap.label.fonts-of-a-text-shaper":                 {"fonts of a text shaper", "文字整形器的字体"},
	"heap.label.functions-for-the-window's-thread":      {"functions for the window's thread", "交给窗口线程的函数"},
	"heap.label.functions-for-when-the-window-is-shown": {"functions for when the window is shown", "等窗口显示后执行的函数"},
	"heap.label.glyph-cache":                            {"glyph cache", "字形缓存"},
	"heap.label.image":                                  {"image", "图像"},
	"heap.label.image-operation":                        {"image operation", "图像操作"},
	"heap.label.image-usage-callbacks":                  {"image usage callbacks", "图像使用回调"},
	"heap.label.images-of-this-frame":                   {"images of this frame", "本帧的图像"},
	"heap.label.inner-image":                            {"inner image", "内部图像"},
	"heap.label.keyboard-focus":                         {"keyboard focus", "键盘焦点"},
	"heap.label.listeners-of-a-binding":                 {"listeners of a binding", "数据绑定的监听器"},
	"heap.label.open-data-transfers":                    {"open data transfers", "未关闭的数据传输"},
	"heap.label.operation-list":                         {"operation list", "操作列表"},
	"heap.label.operations-of-the-last-frame":           {"operations of the last frame", "上一帧的操作"},
	"heap.label.path-cache":                             {"path cache", "路径缓存"},
	"heap.label.pixels-of-an-image":                     {"pixels of an image", "图像的像素"},
	"heap.label.playing-sounds":                         {"playing sounds", "正在播放的声音"},
	"heap.label.pointer-state":                          {"pointer state", "鼠标状态"},
	"heap.label.pool-of-pixel-buffers":                  {"pool of pixel buffers", "像素缓冲池"},
	"heap.label.pool-of-rows":                           {"pool of rows", "行对象池"},
	"heap.label.preference-bindings":                    {"preference bindings", "首选项绑定"},
	"heap.label.preference-listeners":                   {"preference listeners", "首选项监听器"},
	"heap.label.renderer-cache":                         {"renderer cache", "渲染器缓存"},
	"heap.label.repaint-queue":                          {"repaint queue", "重绘队列"},
	"heap.label.rich-text-cache":                        {"rich text cache", "富文本缓存"},
	"heap.label.running-animations":                     {"running animations", "运行中的动画"},
	"heap.label.scheduled-notifications":                {"scheduled notifications", "已安排的通知"},
	"heap.label.settings-listeners":                     {"settings listeners", "设置监听器"},
	"heap.label.shortcut-handlers":                      {"shortcut handlers", "快捷键处理函数"},
	"heap.label.sub-image-cache":                        {"sub-image cache", "子图像缓存"},
	"heap.label.SVG-cache":                              {"SVG cache", "SVG 缓存"},
	"heap.label.text-shaper-cache":                      {"text shaper cache", "文字整形器缓存"},
	"heap.label.text-shaping-cache":                     {"text shaping cache", "文字整形缓存"},
	"heap.label.text-size-cache":                        {"text size cache", "文字尺寸缓存"},
	"heap.label.texture":                                {"texture", "纹理"},
	"heap.label.texture-atlas":                          {"texture atlas", "纹理图集"},
	"heap.label.texture-atlases":                        {"texture atlases", "全部纹理图集"},
	"heap.label.texture-cache":                          {"texture cache", "纹理缓存"},
	"heap.label.theme-overrides":                        {"theme overrides", "主题覆盖"},
	"heap.label.tree-of-the-last-frame":                 {"tree of the last frame", "上一帧的控件树"},
	"heap.label.update-callbacks":                       {"update callbacks", "更新回调"},
	"heap.label.window-callbacks":                       {"window callbacks", "窗口回调"},
	"heap.label.window-list":                            {"window list", "窗口列表"},
}
