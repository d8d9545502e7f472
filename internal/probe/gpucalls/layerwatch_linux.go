package gpucalls

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// byLayer completes what was found by what the layer has seen, once it is followed no
// longer.
func (w *watcher) byLayer() {
	if !w.layer.there() {
		return
	}
	about, ok := w.layer.about()
	w.found.pendingVulkan = !ok
	w.found.points = slices.DeleteFunc(w.found.points, ofVulkan)
	if !ok {
		return
	}
	w.found.api("vulkan")
	maps.DeleteFunc(w.drop, func(fn int, _ bool) bool { return functions[fn].api == apiVulkan })
	libs := libraries(w.mappings(), filepath.Dir(w.t.Process.ExePath()))
	if l, _ := at(libs, about.Submit); l != nil && l.open() == nil && l.syms["vk_icdGetInstanceProcAddr"] != 0 { // and no other layer
		w.used[l.name] = true
	}
	for _, l := range libs {
		l.close()
	}
}

// unseen: there are calls that only probes would have seen. Of a program that draws by
// Vulkan OpenGL counts where it has a context.
func (w *watcher) unseen() bool {
	_, ok := w.layer.about()
	return !ok || len(w.found.points) > 0 && !w.found.pendingGL
}

// noLayer says that the layer was not taken, where the program has a Vulkan loader that
// has made a device without it.
func (w *watcher) noLayer() {
	loader := slices.ContainsFunc(w.libs, func(l *library) bool { return strings.HasPrefix(l.name, "libvulkan.so") })
	if w.layer != nil && !w.layer.there() && loader && !w.found.pendingVulkan {
		w.limit("layer")
	}
}
