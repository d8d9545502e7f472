#include "vk.h"

enum { IMAGES = 8 };

static VkInstance instance;
static VkPhysicalDevice physical;
static VkDevice device;
static VkQueue queue;
static VkSwapchainKHR chain;
static VkImage images[IMAGES];
static VkCommandBuffer turns[IMAGES]; // make an image ready to be shown
static VkFence got;
static PFN_vkQueueWaitIdle wait_idle;

#define TRY(n, call) do { if ((call) < 0) return n; } while (0)

static int make(bool window, VkInstance *i, VkPhysicalDevice *p, VkDevice *d)
{
	const char *surface[] = {VK_KHR_SURFACE_EXTENSION_NAME, VK_KHR_XCB_SURFACE_EXTENSION_NAME}, *swapchain = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
	VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_2};
	VkInstanceCreateInfo ii = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app,
		.enabledExtensionCount = window ? 2 : 0, .ppEnabledExtensionNames = surface};
	TRY(1, vkCreateInstance(&ii, 0, i));
	uint32_t one = 1;
	TRY(2, vkEnumeratePhysicalDevices(*i, &one, p));
	if (!one)
		return 2;
	float priority = 1;
	VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
	VkDeviceCreateInfo di = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q,
		.enabledExtensionCount = window ? 1 : 0, .ppEnabledExtensionNames = &swapchain};
	TRY(3, vkCreateDevice(*p, &di, 0, d));
	return 0;
}

static int open_window(void)
{
	xcb_connection_t *c = xcb_connect(0, 0);
	if (xcb_connection_has_error(c))
		return 4;
	xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(c)).data;
	xcb_window_t w = xcb_generate_id(c);
	xcb_create_window(c, XCB_COPY_FROM_PARENT, w, screen->root, 0, 0, 64, 64, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, 0, 0);
	xcb_map_window(c, w);
	xcb_flush(c);
	VkXcbSurfaceCreateInfoKHR si = {.sType = VK_STRUCTURE_TYPE_XCB_SURFACE_CREATE_INFO_KHR, .connection = c, .window = w};
	VkSurfaceKHR surface;
	TRY(5, vkCreateXcbSurfaceKHR(instance, &si, 0, &surface));
	VkBool32 can;
	TRY(6, vkGetPhysicalDeviceSurfaceSupportKHR(physical, 0, surface, &can));
	VkSurfaceCapabilitiesKHR caps;
	TRY(7, vkGetPhysicalDeviceSurfaceCapabilitiesKHR(physical, surface, &caps));
	uint32_t n = 1;
	VkSurfaceFormatKHR format;
	TRY(8, vkGetPhysicalDeviceSurfaceFormatsKHR(physical, surface, &n, &format));
	VkSwapchainCreateInfoKHR sc = {.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR, .surface = surface, .minImageCount = caps.minImageCount,
		.imageFormat = format.format, .imageColorSpace = format.colorSpace, .imageExtent = {64, 64}, .imageArrayLayers = 1,
		.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, .preTransform = caps.currentTransform,
		.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR, .presentMode = VK_PRESENT_MODE_FIFO_KHR};
	TRY(9, vkCreateSwapchainKHR(device, &sc, 0, &chain));
	n = IMAGES;
	TRY(10, vkGetSwapchainImagesKHR(device, chain, &n, images));
	VkCommandPool pool;
	VkCommandPoolCreateInfo pi = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
	TRY(11, vkCreateCommandPool(device, &pi, 0, &pool));
	VkCommandBufferAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = pool, .commandBufferCount = n};
	TRY(12, vkAllocateCommandBuffers(device, &a, turns));
	for (uint32_t i = 0; i < n; i++) {
		VkCommandBufferBeginInfo b = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
		VkImageMemoryBarrier to = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .newLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR,
			.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .image = images[i],
			.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
		TRY(13, vkBeginCommandBuffer(turns[i], &b));
		vkCmdPipelineBarrier(turns[i], VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, 0, 0, 0, 1, &to);
		TRY(14, vkEndCommandBuffer(turns[i]));
	}
	got = fence();
	return 0;
}

int begin(bool window)
{
	int r = make(window, &instance, &physical, &device);
	if (r)
		return r;
	vkGetDeviceQueue(device, 0, 0, &queue);
	wait_idle = (PFN_vkQueueWaitIdle)vkGetDeviceProcAddr(device, "vkQueueWaitIdle");
	return window ? open_window() : 0;
}

int again(void)
{
	VkInstance i;
	VkPhysicalDevice p;
	VkDevice d;
	int r = make(false, &i, &p, &d);
	if (r)
		return r;
	TRY(4, vkDeviceWaitIdle(d));
	vkDestroyDevice(d, 0);
	vkDestroyInstance(i, 0);
	return 0;
}

void waitQueue(void) { vkQueueWaitIdle(queue); }
void waitQueueFetched(void) { wait_idle(queue); }

VkFence fence(void)
{
	VkFenceCreateInfo i = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
	VkFence f = 0;
	vkCreateFence(device, &i, 0, &f);
	return f;
}

void submit(VkFence f) { vkQueueSubmit(queue, 0, 0, f); }
void waitFence(VkFence f) { vkWaitForFences(device, 1, &f, VK_TRUE, UINT64_MAX); }
bool waitsFor(VkFence f, uint64_t ns) { return vkWaitForFences(device, 1, &f, VK_TRUE, ns) == VK_SUCCESS; }
void dropFence(VkFence f) { vkDestroyFence(device, f, 0); }

VkImage image(VkDeviceMemory *memory)
{
	VkImageCreateInfo i = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM,
		.extent = {64, 64, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
	VkImage made = 0;
	vkCreateImage(device, &i, 0, &made);
	VkMemoryAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = 1 << 16};
	vkAllocateMemory(device, &a, 0, memory);
	vkBindImageMemory(device, made, *memory, 0);
	return made;
}

void dropImage(VkImage i, VkDeviceMemory memory)
{
	vkDestroyImage(device, i, 0);
	vkFreeMemory(device, memory, 0);
}

void show(void)
{
	uint32_t at;
	if (vkAcquireNextImageKHR(device, chain, UINT64_MAX, 0, got, &at) < 0)
		return;
	vkWaitForFences(device, 1, &got, VK_TRUE, UINT64_MAX);
	vkResetFences(device, 1, &got);
	VkSubmitInfo s = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1, .pCommandBuffers = &turns[at]};
	vkQueueSubmit(queue, 1, &s, 0);
	vkQueueWaitIdle(queue);
	VkPresentInfoKHR p = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .swapchainCount = 1, .pSwapchains = &chain, .pImageIndices = &at};
	vkQueuePresentKHR(queue, &p);
}

bool ofDevice(const char *name) { return vkGetDeviceProcAddr(device, name) != 0; }
bool ofInstance(const char *name) { return vkGetInstanceProcAddr(instance, name) != 0; }
