// Command late uses Vulkan only when it is told to, by lines on standard input:
//
//	load    opens the loader, then "done"
//	device  makes an instance and a device, and at once three pieces of device memory, of
//	        64 KiB each; it opens the loader first, if it is not yet; then "done"
//	waits   ten waits for an idle queue, then "done"
//	rest    "done"
//
// It ends when the input does. It needs no window.
package main

/*
#cgo LDFLAGS: -ldl
#define VK_NO_PROTOTYPES
#include <dlfcn.h>
#include <vulkan/vulkan.h>

static PFN_vkGetInstanceProcAddr get;
static PFN_vkAllocateMemory allocate;
static PFN_vkQueueWaitIdle wait_idle;
static VkDevice device;
static VkQueue queue;

#define OF(instance, name) PFN_##name name = (PFN_##name)get(instance, #name)

static int load(void)
{
	if (!get)
		get = (PFN_vkGetInstanceProcAddr)dlsym(dlopen("libvulkan.so.1", RTLD_NOW), "vkGetInstanceProcAddr");
	return get != 0;
}

static int make(void)
{
	if (!load())
		return 1;
	OF(0, vkCreateInstance);
	VkInstance i;
	VkInstanceCreateInfo ii = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
	if (vkCreateInstance(&ii, 0, &i) < 0)
		return 2;
	OF(i, vkEnumeratePhysicalDevices);
	OF(i, vkCreateDevice);
	OF(i, vkGetDeviceProcAddr);
	VkPhysicalDevice p;
	uint32_t one = 1;
	if (vkEnumeratePhysicalDevices(i, &one, &p) < 0 || !one)
		return 3;
	float priority = 1;
	VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
	VkDeviceCreateInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q};
	if (vkCreateDevice(p, &di, 0, &device) < 0)
		return 4;
	((PFN_vkGetDeviceQueue)vkGetDeviceProcAddr(device, "vkGetDeviceQueue"))(device, 0, 0, &queue);
	allocate = (PFN_vkAllocateMemory)vkGetDeviceProcAddr(device, "vkAllocateMemory");
	wait_idle = (PFN_vkQueueWaitIdle)vkGetDeviceProcAddr(device, "vkQueueWaitIdle");
	return 0;
}

static void piece(void)
{
	VkDeviceMemory memory;
	VkMemoryAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = 1 << 16};
	allocate(device, &a, 0, &memory);
}

static void idle(void) { wait_idle(queue); }
*/
import "C"

import (
	"bufio"
	"fmt"
	"os"
)

func allocates() { C.piece() }

func waits() { C.idle() }

func main() {
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case "load":
			if C.load() == 0 {
				fmt.Println("no Vulkan loader")
			}
		case "device":
			if r := C.make(); r != 0 {
				fmt.Println("no Vulkan:", r)
				return
			}
			for range 3 {
				allocates()
			}
		case "waits":
			for range 10 {
				waits()
			}
		}
		fmt.Println("done")
	}
}
