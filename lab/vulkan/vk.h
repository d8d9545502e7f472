// A window that is cleared to a colour by Vulkan, with as many frames in flight as the
// swapchain has images. Every call names its error and ends the program.

#include <vulkan/vulkan.h>
#include <stdint.h>

void vkLabOpen(const char **extensions, uint32_t n);
VkInstance vkLabInstance(void);
void vkLabSurface(uintptr_t surface); // where it lies

// Of one frame: get an image, draw into it, show it. begin returns when the image may
// be drawn to, as far as the fences tell.
void vkLabBegin(void);
void vkLabSubmit(void);
void vkLabPresent(void);

// A heavy amount of work for the device: fills of a large buffer.
void vkLabHeavy(int fills);

void vkLabQueueWaitIdle(void);
void vkLabDeviceWaitIdle(void);

VkFence vkLabCreateFence(void);
void vkLabDestroyFence(VkFence fence);
void vkLabSubmitFence(VkFence fence);
void vkLabWaitFence(VkFence fence);
VkSemaphore vkLabCreateSemaphore(void);
void vkLabDestroySemaphore(VkSemaphore semaphore);
VkEvent vkLabCreateEvent(void);
VkImage vkLabCreateImage(uint32_t side, VkDeviceMemory *memory);
void vkLabDestroyImage(VkImage image, VkDeviceMemory memory);
