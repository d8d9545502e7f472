package gpucalls

import (
	"slices"
	"strings"
)

// byLayer leaves the calls of Vulkan to the layer, once the program has made a device
// through it.
func (w *watcher) byLayer() {
	if w.layer == nil {
		return
	}
	w.layer.look()
	about, ok := w.layer.about()
	if !ok {
		return
	}
	if w.since == 0 {
		w.since = monotonic()
	}
	w.found.pendingVulkan = false
	w.found.points = slices.DeleteFunc(w.found.points, func(p point) bool { return functions[p.fn].api == apiVulkan })
	w.found.api("vulkan")
	if l, _ := at(w.libs, about.Submit); l != nil && l.open() == nil && l.syms["vk_icdGetInstanceProcAddr"] != 0 { // and no other layer
		w.used[l.name] = true
	}
}

// noLayer says that the layer was not taken, where the program has a Vulkan loader that
// has made a device without it.
func (w *watcher) noLayer() {
	loader := slices.ContainsFunc(w.libs, func(l *library) bool { return strings.HasPrefix(l.name, "libvulkan.so") })
	if w.layer != nil && w.layer.reader == nil && loader && !w.found.pendingVulkan {
		w.limit("layer")
	}
}

// layerCame: since the last look the program has made a device through the layer.
func (w *watcher) layerCame() bool {
	if w.layer == nil || w.since > 0 {
		return false
	}
	w.layer.look()
	_, ok := w.layer.about()
	return ok
}
