#define VK_USE_PLATFORM_XCB_KHR
#include <vulkan/vulkan.h>
#include <stdbool.h>

int begin(bool window); // 0: done
int again(void);
void waitQueue(void);
void waitQueueFetched(void);
VkFence fence(void);
void submit(VkFence fence);
void waitFence(VkFence fence);
bool waitsFor(VkFence fence, uint64_t ns); // false: it took too long
void dropFence(VkFence fence);
VkImage image(VkDeviceMemory *memory);
void dropImage(VkImage image, VkDeviceMemory memory);
void show(void);
bool ofDevice(const char *name);
bool ofInstance(const char *name);
