#include "vk.h"
#include <stdio.h>
#include <stdlib.h>

#define MUST(call)                                                            \
	do {                                                                      \
		VkResult must = (call);                                               \
		if (must < 0) {                                                       \
			fprintf(stderr, "%s: %d\n", #call, must);                         \
			exit(2);                                                          \
		}                                                                     \
	} while (0)

enum { MAX = 8, HEAVY = 64 << 20 };

static VkInstance instance;
static VkPhysicalDevice physical;
static VkDevice device;
static VkQueue queue;
static VkSwapchainKHR swapchain;
static VkCommandPool pool;
static uint32_t images, flight, image;
static VkImage image_of[MAX];
static VkCommandBuffer commands[MAX];
static VkFence drawn[MAX];
static VkSemaphore got[MAX], done[MAX];
static VkBuffer heavy;
static int fills;
static float shade;

// Programs that use Vulkan directly fetch the device's functions.
static PFN_vkQueueSubmit queue_submit;
static PFN_vkQueueWaitIdle queue_wait_idle;
static PFN_vkDeviceWaitIdle device_wait_idle;
static PFN_vkCreateFence create_fence;

VkInstance vkLabInstance(void) { return instance; }

void vkLabOpen(const char **extensions, uint32_t n)
{
	VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_0};
	VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app,
		.enabledExtensionCount = n, .ppEnabledExtensionNames = extensions};
	MUST(vkCreateInstance(&info, NULL, &instance));
	uint32_t one = 1;
	MUST(vkEnumeratePhysicalDevices(instance, &one, &physical));
	if (!one) {
		fprintf(stderr, "no Vulkan device\n");
		exit(2);
	}
}

static uint32_t memory_type(uint32_t bits)
{
	VkPhysicalDeviceMemoryProperties p;
	vkGetPhysicalDeviceMemoryProperties(physical, &p);
	for (uint32_t i = 0; i < p.memoryTypeCount; i++)
		if (bits & 1u << i)
			return i;
	return 0;
}

void vkLabSurface(uintptr_t at)
{
	VkSurfaceKHR surface = *(VkSurfaceKHR *)at;
	float priority = 1;
	VkDeviceQueueCreateInfo q = {.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
	const char *ext = VK_KHR_SWAPCHAIN_EXTENSION_NAME;
	VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .queueCreateInfoCount = 1, .pQueueCreateInfos = &q,
		.enabledExtensionCount = 1, .ppEnabledExtensionNames = &ext};
	MUST(vkCreateDevice(physical, &info, NULL, &device));
	vkGetDeviceQueue(device, 0, 0, &queue);
	queue_submit = (PFN_vkQueueSubmit)vkGetDeviceProcAddr(device, "vkQueueSubmit");
	queue_wait_idle = (PFN_vkQueueWaitIdle)vkGetDeviceProcAddr(device, "vkQueueWaitIdle");
	device_wait_idle = (PFN_vkDeviceWaitIdle)vkGetDeviceProcAddr(device, "vkDeviceWaitIdle");
	create_fence = (PFN_vkCreateFence)vkGetDeviceProcAddr(device, "vkCreateFence");

	VkBool32 can;
	MUST(vkGetPhysicalDeviceSurfaceSupportKHR(physical, 0, surface, &can));
	VkSurfaceCapabilitiesKHR caps;
	MUST(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(physical, surface, &caps));
	uint32_t n = 1;
	VkSurfaceFormatKHR format;
	MUST(vkGetPhysicalDeviceSurfaceFormatsKHR(physical, surface, &n, &format));
	VkSwapchainCreateInfoKHR sc = {.sType = VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR, .surface = surface,
		.minImageCount = caps.minImageCount, .imageFormat = format.format, .imageColorSpace = format.colorSpace,
		.imageExtent = caps.currentExtent, .imageArrayLayers = 1,
		.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT, .preTransform = caps.currentTransform,
		.compositeAlpha = VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR, .presentMode = VK_PRESENT_MODE_FIFO_KHR};
	MUST(vkCreateSwapchainKHR(device, &sc, NULL, &swapchain));
	images = MAX;
	MUST(vkGetSwapchainImagesKHR(device, swapchain, &images, image_of));
	VkCommandPoolCreateInfo p = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO, .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT};
	MUST(vkCreateCommandPool(device, &p, NULL, &pool));
	VkCommandBufferAllocateInfo ca = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO, .commandPool = pool, .commandBufferCount = images};
	MUST(vkAllocateCommandBuffers(device, &ca, commands));
	for (uint32_t i = 0; i < images; i++) {
		VkFenceCreateInfo f = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO, .flags = VK_FENCE_CREATE_SIGNALED_BIT};
		MUST(vkCreateFence(device, &f, NULL, &drawn[i]));
		VkSemaphoreCreateInfo s = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
		MUST(vkCreateSemaphore(device, &s, NULL, &got[i]));
		MUST(vkCreateSemaphore(device, &s, NULL, &done[i]));
	}
	VkBufferCreateInfo b = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO, .size = HEAVY, .usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT};
	MUST(vkCreateBuffer(device, &b, NULL, &heavy));
	VkMemoryRequirements need;
	vkGetBufferMemoryRequirements(device, heavy, &need);
	VkMemoryAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = need.size, .memoryTypeIndex = memory_type(need.memoryTypeBits)};
	VkDeviceMemory memory;
	MUST(vkAllocateMemory(device, &a, NULL, &memory));
	MUST(vkBindBufferMemory(device, heavy, memory, 0));
}

void vkLabBegin(void)
{
	flight = (flight + 1) % images;
	MUST(vkWaitForFences(device, 1, &drawn[flight], VK_TRUE, UINT64_MAX));
	MUST(vkResetFences(device, 1, &drawn[flight]));
	MUST(vkAcquireNextImageKHR(device, swapchain, UINT64_MAX, got[flight], VK_NULL_HANDLE, &image));
	fills = 0;
}

void vkLabHeavy(int n) { fills = n; }

static void turn(VkCommandBuffer c, VkImageLayout from, VkImageLayout to)
{
	VkImageMemoryBarrier b = {.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER, .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
		.oldLayout = from, .newLayout = to, .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED, .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
		.image = image_of[image], .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1}};
	vkCmdPipelineBarrier(c, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 0, NULL, 1, &b);
}

void vkLabSubmit(void)
{
	VkCommandBuffer c = commands[flight];
	VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO, .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
	MUST(vkBeginCommandBuffer(c, &begin));
	for (int i = 0; i < fills; i++)
		vkCmdFillBuffer(c, heavy, 0, HEAVY, i);
	turn(c, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
	shade = shade > 1 ? 0 : shade + 0.01f;
	VkClearColorValue colour = {.float32 = {shade, 0.3f, 0.5f, 1}};
	VkImageSubresourceRange all = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
	vkCmdClearColorImage(c, image_of[image], VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &colour, 1, &all);
	turn(c, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR);
	MUST(vkEndCommandBuffer(c));
	VkPipelineStageFlags at = VK_PIPELINE_STAGE_TRANSFER_BIT;
	VkSubmitInfo s = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .waitSemaphoreCount = 1, .pWaitSemaphores = &got[flight], .pWaitDstStageMask = &at,
		.commandBufferCount = 1, .pCommandBuffers = &c, .signalSemaphoreCount = 1, .pSignalSemaphores = &done[flight]};
	MUST(queue_submit(queue, 1, &s, drawn[flight]));
}

void vkLabPresent(void)
{
	VkPresentInfoKHR p = {.sType = VK_STRUCTURE_TYPE_PRESENT_INFO_KHR, .waitSemaphoreCount = 1, .pWaitSemaphores = &done[flight],
		.swapchainCount = 1, .pSwapchains = &swapchain, .pImageIndices = &image};
	MUST(vkQueuePresentKHR(queue, &p));
}

void vkLabQueueWaitIdle(void) { MUST(queue_wait_idle(queue)); }
void vkLabDeviceWaitIdle(void) { MUST(device_wait_idle(device)); }

VkFence vkLabCreateFence(void)
{
	VkFenceCreateInfo f = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
	VkFence fence;
	MUST(create_fence(device, &f, NULL, &fence));
	return fence;
}

void vkLabDestroyFence(VkFence fence) { vkDestroyFence(device, fence, NULL); }
void vkLabSubmitFence(VkFence fence) { MUST(queue_submit(queue, 0, NULL, fence)); }
void vkLabWaitFence(VkFence fence) { MUST(vkWaitForFences(device, 1, &fence, VK_TRUE, UINT64_MAX)); }

VkSemaphore vkLabCreateSemaphore(void)
{
	VkSemaphoreCreateInfo s = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO};
	VkSemaphore semaphore;
	MUST(vkCreateSemaphore(device, &s, NULL, &semaphore));
	return semaphore;
}

void vkLabDestroySemaphore(VkSemaphore semaphore) { vkDestroySemaphore(device, semaphore, NULL); }

VkEvent vkLabCreateEvent(void)
{
	VkEventCreateInfo e = {.sType = VK_STRUCTURE_TYPE_EVENT_CREATE_INFO};
	VkEvent event;
	MUST(vkCreateEvent(device, &e, NULL, &event));
	return event;
}

VkImage vkLabCreateImage(uint32_t side, VkDeviceMemory *memory)
{
	VkImageCreateInfo i = {.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO, .imageType = VK_IMAGE_TYPE_2D, .format = VK_FORMAT_R8G8B8A8_UNORM,
		.extent = {side, side, 1}, .mipLevels = 1, .arrayLayers = 1, .samples = VK_SAMPLE_COUNT_1_BIT, .usage = VK_IMAGE_USAGE_SAMPLED_BIT};
	VkImage made;
	MUST(vkCreateImage(device, &i, NULL, &made));
	VkMemoryRequirements need;
	vkGetImageMemoryRequirements(device, made, &need);
	VkMemoryAllocateInfo a = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, .allocationSize = need.size, .memoryTypeIndex = memory_type(need.memoryTypeBits)};
	MUST(vkAllocateMemory(device, &a, NULL, memory));
	MUST(vkBindImageMemory(device, made, *memory, 0));
	return made;
}

void vkLabDestroyImage(VkImage image, VkDeviceMemory memory)
{
	vkDestroyImage(device, image, NULL);
	vkFreeMemory(device, memory, NULL);
}
