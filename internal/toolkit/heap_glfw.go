package toolkit

// glfwType stands for the types of every version's package.
const glfwType = "github.com/go-gl/glfw/…/glfw."

// glfwHeap: a window is a handle of C, with the program's callbacks. Textures and
// buffers are the driver's, and known to the program by numbers only.
var glfwHeap = HeapTable{
	First: "3.3",
	Last:  "3.4",
	Windows: []HeapWindow{{
		// window.go: CreateWindow puts it on the map, Destroy takes it off; data keeps its
		// value.
		Type:  glfwType + "Window",
		Lists: []HeapField{{Holder: glfwType + "windowList", Field: "m"}},
	}},
	Caches: []HeapCache{{
		// A window that is not destroyed stays, with what its callbacks refer to.
		HeapPlace: HeapPlace{Holder: glfwType + "windowList", Elem: "*" + glfwType + "Window"},
		Label:     "window list",
	}},
	Listeners: []HeapListeners{
		{
			// One callback of each kind for a window: setting it again replaces it.
			HeapPlace: HeapPlace{Holder: glfwType + "Window"},
			Label:     "window callbacks", Add: "Window.Set…Callback", Remove: "Window.Set…Callback(nil)",
		},
		{
			HeapPlace: HeapPlace{Global: glfwPackage + "fMonitorHolder"},
			Label:     "window callbacks", Add: "SetMonitorCallback", Remove: "SetMonitorCallback(nil)",
		},
		{
			HeapPlace: HeapPlace{Global: glfwPackage + "fJoystickHolder"},
			Label:     "window callbacks", Add: "SetJoystickCallback", Remove: "SetJoystickCallback(nil)",
		},
	},
	Waiting: []HeapWaiting{
		// The mainthread packages' loops.
		{Func: Func{Match: faiface + "Run"}},
		{Func: Func{Match: gopxl + "Run"}},
		{Func: Func{Match: design + "Init"}},
	},
}
