//go:build ignore

// The Vulkan layer that a program gets which gomedic starts: it stands between the
// program and the driver, times the calls that can keep their caller waiting, and notes
// which objects are made and destroyed, in a ring that gomedic empties. Where the ring is
// full, because gomedic is slow or has gone, calls go on as if there were no layer. It
// waits for gomedic only once: see await.
//
// It keeps to the loader's interface (version 2, vk_layer.h): every function of the next
// layer or of the driver that is not listed here is handed out as it is. It needs no
// library, and stays in the program once it was loaded.
//
// Compiled by generate.go.

#define VK_NO_PROTOTYPES
#include <vulkan/vk_layer.h>

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef int s32;

#define INLINE static inline __attribute__((always_inline))
#include "../../native/exact/gostack.h"

#define CALL VKAPI_ATTR VkResult VKAPI_CALL

// What is made and destroyed by functions that are alike.
#define OBJECTS(X) \
	X(Fence) X(Semaphore) X(Event) X(Image) X(ImageView) X(Buffer) X(Framebuffer) X(QueryPool) X(CommandPool) X(DescriptorPool)

#define BOTH(O) X(Create##O) X(Destroy##O)
#define FUNCTIONS \
	X(QueueSubmit) X(QueueSubmit2) X(QueueSubmit2KHR) X(QueueWaitIdle) X(DeviceWaitIdle) X(WaitForFences) X(WaitSemaphores) \
	X(WaitSemaphoresKHR) X(AcquireNextImageKHR) X(AcquireNextImage2KHR) X(QueuePresentKHR) X(CreateSwapchainKHR) \
	X(AllocateMemory) X(FreeMemory) OBJECTS(BOTH)

enum {
#define X(f) F_##f,
	FUNCTIONS
#undef X
	FUNCS
};

enum { RECORDS = 4096, GO_DEPTH = 24, INSTANCES = 256, DEVICES = 256, NAME = 32 };

struct record {
	u64 seq; // 1 + its number, once it is whole
	u32 func, tid;
	u64 start, end, cpu; // CLOCK_MONOTONIC; of the thread meanwhile; nanoseconds
	u64 goid, caller;
	u64 object; // that was made, is destroyed, handed over or waited for
	u64 queue, size;
	s64 result;
	u64 n; // of go
	u64 go[GO_DEPTH];
};

struct header {
	u64 magic[2];
	u64 on;
	struct go_layout go;
	u64 answered;   // gomedic has said how Go's stacks are found, or that it cannot
	u64 head, tail; // tail is written by gomedic
	u64 lost;       // records for which there was no room
	u64 devices;    // that were made
	u64 present;    // 1 + the present mode of the last swapchain
	u64 local;      // bytes of the device's own memory
	u64 submit;     // where the last device's vkQueueSubmit goes on
	u32 api, driver, vendor, type; // of the last device, as Vulkan numbers them
	struct record *at;
	u64 funcs;
	char device[256], name[256], info[256];
	char names[FUNCS][NAME];
};

static struct record records[RECORDS];

// gomedic finds it by its first words.
static struct header header __attribute__((used)) = {
	.magic = {0x63696d64656d6f67, 0x326e616b6c7576}, .on = 1, .at = records, .funcs = FUNCS,
	.names = {
#define X(f) "vk" #f,
		FUNCTIONS
#undef X
	},
};

// The C library's, if the program has one: it asks the kernel only where it must.
struct when { s64 s, ns; };
extern int clock_gettime(int clock, struct when *to) __attribute__((weak, visibility("default")));

enum { MONOTONIC = 1, THREAD_CPU = 3 };

INLINE s64 call_kernel(s64 number, s64 a, s64 b)
{
	__asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b) : "rcx", "r11", "memory");
	return number;
}

INLINE u64 clock_at(int clock)
{
	struct when t = {0, 0};
	if (clock_gettime)
		clock_gettime(clock, &t);
	else
		call_kernel(228, clock, (s64)&t);
	return t.s * 1000000000ull + t.ns;
}

INLINE int room(void)
{
	return header.on && __atomic_load_n(&header.head, __ATOMIC_RELAXED) - __atomic_load_n(&header.tail, __ATOMIC_ACQUIRE) < RECORDS;
}

// What is known before a call; start is 0 where there was no room to note it, and of what
// is not timed.
struct begun { u64 start, cpu; };

INLINE struct begun begin(void)
{
	struct begun b = {0, 0};
	if (room()) {
		b.cpu = clock_at(THREAD_CPU);
		b.start = clock_at(MONOTONIC);
	}
	return b;
}

// What is told of a call, besides who made it.
struct told { u64 object, queue, size; s64 result; };

static __attribute__((noinline)) void tell(u32 func, struct begun b, struct told what, u64 caller)
{
	u64 end = clock_at(MONOTONIC), head;
	do {
		head = __atomic_load_n(&header.head, __ATOMIC_RELAXED);
		if (!header.on)
			return;
		if (head - __atomic_load_n(&header.tail, __ATOMIC_ACQUIRE) >= RECORDS) {
			__atomic_add_fetch(&header.lost, 1, __ATOMIC_RELAXED);
			return;
		}
	} while (!__atomic_compare_exchange_n(&header.head, &head, head + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	struct record *r = &records[head & (RECORDS - 1)];
	r->func = func;
	r->tid = call_kernel(186, 0, 0);
	r->start = b.start ? b.start : end;
	r->end = end;
	r->cpu = b.cpu ? clock_at(THREAD_CPU) - b.cpu : 0;
	r->caller = caller;
	r->object = what.object;
	r->queue = what.queue;
	r->size = what.size;
	r->result = what.result;
	r->n = go_stack(&header.go, r->go, GO_DEPTH, &r->goid);
	__atomic_store_n(&r->seq, head + 1, __ATOMIC_RELEASE);
}

// A call that lasted longer than the ring was full: when it began was not noted.
INLINE void miss(void)
{
	if (header.on)
		__atomic_add_fetch(&header.lost, 1, __ATOMIC_RELAXED);
}

#define CALLER (u64)__builtin_return_address(0)
#define TELL(f, b, ...) ((b).start ? tell(F_##f, b, (struct told){__VA_ARGS__}, CALLER) : miss())
#define NOTE(f, ...) tell(F_##f, (struct begun){0, 0}, (struct told){__VA_ARGS__}, CALLER)

// Instances and devices are known by the first word of their handles, where the loader
// keeps its table; those of a device's queues and command buffers are the same.
struct instance {
	u64 key; // 0: free; 1: being written
	VkInstance handle;
	PFN_vkGetInstanceProcAddr get;
	// Of the next layer. They are asked for while the instance is being made: later, loaders
	// such as 1.3.239 answer with the first layer's.
	PFN_vkDestroyInstance destroy;
	PFN_vkGetPhysicalDeviceProperties properties;
	PFN_vkGetPhysicalDeviceProperties2 properties2;
	PFN_vkGetPhysicalDeviceMemoryProperties memory;
	u32 api; // that the program asked for
};

struct device {
	u64 key;
	PFN_vkGetDeviceProcAddr get;
	PFN_vkDestroyDevice destroy;
	PFN_vkVoidFunction next[FUNCS];
};

static struct instance instances[INSTANCES];
static struct device devices[DEVICES];
static u32 instances_used, devices_used; // from the front
static struct device *last;

INLINE u64 key_of(const void *handle) { return *(const u64 *)handle; }

INLINE struct instance *instance_of(const void *handle)
{
	u32 n = __atomic_load_n(&instances_used, __ATOMIC_ACQUIRE);
	for (u32 i = 0; i < n; i++)
		if (__atomic_load_n(&instances[i].key, __ATOMIC_ACQUIRE) == key_of(handle))
			return &instances[i];
	return 0;
}

INLINE struct device *device_of(const void *handle)
{
	u32 n = __atomic_load_n(&devices_used, __ATOMIC_ACQUIRE);
	for (u32 i = 0; i < n; i++)
		if (__atomic_load_n(&devices[i].key, __ATOMIC_ACQUIRE) == key_of(handle))
			return &devices[i];
	return last;
}

INLINE void reach(u32 *used, u32 n)
{
	u32 was = __atomic_load_n(used, __ATOMIC_RELAXED);
	while (was < n && !__atomic_compare_exchange_n(used, &was, n, 1, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
}

INLINE int claim(u64 *key)
{
	u64 none = 0;
	return __atomic_compare_exchange_n(key, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static struct instance *free_instance(void)
{
	for (u32 i = 0; i < INSTANCES; i++)
		if (claim(&instances[i].key)) {
			reach(&instances_used, i + 1);
			return &instances[i];
		}
	return 0;
}

static struct device *free_device(void)
{
	for (u32 i = 0; i < DEVICES; i++)
		if (claim(&devices[i].key)) {
			reach(&devices_used, i + 1);
			return &devices[i];
		}
	return 0;
}

INLINE int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

// The device's functions that are timed.

#define NEXT(f, handle) ((PFN_vk##f)device_of(handle)->next[F_##f])

static CALL on_QueueSubmit(VkQueue q, u32 n, const VkSubmitInfo *s, VkFence fence)
{
	struct begun b = begin();
	VkResult r = NEXT(QueueSubmit, q)(q, n, s, fence);
	TELL(QueueSubmit, b, (u64)fence, (u64)q, 0, r);
	return r;
}

static CALL on_QueueSubmit2(VkQueue q, u32 n, const VkSubmitInfo2 *s, VkFence fence)
{
	struct begun b = begin();
	VkResult r = NEXT(QueueSubmit2, q)(q, n, s, fence);
	TELL(QueueSubmit2, b, (u64)fence, (u64)q, 0, r);
	return r;
}

static CALL on_QueueSubmit2KHR(VkQueue q, u32 n, const VkSubmitInfo2 *s, VkFence fence)
{
	struct begun b = begin();
	VkResult r = NEXT(QueueSubmit2KHR, q)(q, n, s, fence);
	TELL(QueueSubmit2KHR, b, (u64)fence, (u64)q, 0, r);
	return r;
}

static CALL on_QueueWaitIdle(VkQueue q)
{
	struct begun b = begin();
	VkResult r = NEXT(QueueWaitIdle, q)(q);
	TELL(QueueWaitIdle, b, 0, (u64)q, 0, r);
	return r;
}

static CALL on_DeviceWaitIdle(VkDevice d)
{
	struct begun b = begin();
	VkResult r = NEXT(DeviceWaitIdle, d)(d);
	TELL(DeviceWaitIdle, b, 0, 0, 0, r);
	return r;
}

static CALL on_WaitForFences(VkDevice d, u32 n, const VkFence *fences, VkBool32 all, uint64_t timeout)
{
	struct begun b = begin();
	VkResult r = NEXT(WaitForFences, d)(d, n, fences, all, timeout);
	TELL(WaitForFences, b, n ? (u64)fences[0] : 0, 0, 0, r);
	return r;
}

static CALL on_WaitSemaphores(VkDevice d, const VkSemaphoreWaitInfo *info, uint64_t timeout)
{
	struct begun b = begin();
	VkResult r = NEXT(WaitSemaphores, d)(d, info, timeout);
	TELL(WaitSemaphores, b, 0, 0, 0, r);
	return r;
}

static CALL on_WaitSemaphoresKHR(VkDevice d, const VkSemaphoreWaitInfo *info, uint64_t timeout)
{
	struct begun b = begin();
	VkResult r = NEXT(WaitSemaphoresKHR, d)(d, info, timeout);
	TELL(WaitSemaphoresKHR, b, 0, 0, 0, r);
	return r;
}

static CALL on_AcquireNextImageKHR(VkDevice d, VkSwapchainKHR chain, uint64_t timeout, VkSemaphore s, VkFence fence, u32 *image)
{
	struct begun b = begin();
	VkResult r = NEXT(AcquireNextImageKHR, d)(d, chain, timeout, s, fence, image);
	TELL(AcquireNextImageKHR, b, 0, 0, 0, r);
	return r;
}

static CALL on_AcquireNextImage2KHR(VkDevice d, const VkAcquireNextImageInfoKHR *info, u32 *image)
{
	struct begun b = begin();
	VkResult r = NEXT(AcquireNextImage2KHR, d)(d, info, image);
	TELL(AcquireNextImage2KHR, b, 0, 0, 0, r);
	return r;
}

static CALL on_QueuePresentKHR(VkQueue q, const VkPresentInfoKHR *info)
{
	struct begun b = begin();
	VkResult r = NEXT(QueuePresentKHR, q)(q, info);
	TELL(QueuePresentKHR, b, 0, (u64)q, 0, r);
	return r;
}

// … and those that make and destroy objects.

static CALL on_CreateSwapchainKHR(VkDevice d, const VkSwapchainCreateInfoKHR *info, const VkAllocationCallbacks *a, VkSwapchainKHR *to)
{
	VkResult r = NEXT(CreateSwapchainKHR, d)(d, info, a, to);
	if (r >= 0)
		header.present = 1 + (u64)info->presentMode;
	return r;
}

static CALL on_AllocateMemory(VkDevice d, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *a, VkDeviceMemory *to)
{
	VkResult r = NEXT(AllocateMemory, d)(d, info, a, to);
	if (r >= 0)
		NOTE(AllocateMemory, (u64)*to, 0, info->allocationSize, r);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL on_FreeMemory(VkDevice d, VkDeviceMemory memory, const VkAllocationCallbacks *a)
{
	if (memory) // before it is: then another thread may be given its name
		NOTE(FreeMemory, (u64)memory, 0, 0, 0);
	NEXT(FreeMemory, d)(d, memory, a);
}

#define MAKES(O) \
	static CALL on_Create##O(VkDevice d, const Vk##O##CreateInfo *info, const VkAllocationCallbacks *a, Vk##O *to) \
	{ \
		VkResult r = NEXT(Create##O, d)(d, info, a, to); \
		if (r >= 0) \
			NOTE(Create##O, (u64)*to, 0, 0, r); \
		return r; \
	} \
	static VKAPI_ATTR void VKAPI_CALL on_Destroy##O(VkDevice d, Vk##O o, const VkAllocationCallbacks *a) \
	{ \
		if (o) \
			NOTE(Destroy##O, (u64)o, 0, 0, 0); \
		NEXT(Destroy##O, d)(d, o, a); \
	}

OBJECTS(MAKES)

static const PFN_vkVoidFunction ours[FUNCS] = {
#define X(f) (PFN_vkVoidFunction)on_##f,
	FUNCTIONS
#undef X
};

// Instances and devices.

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance(VkInstance instance, const char *name);
static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device(VkDevice device, const char *name);

static CALL on_CreateInstance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *a, VkInstance *to)
{
	VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)info->pNext;
	while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO))
		link = (VkLayerInstanceCreateInfo *)link->pNext;
	if (!link || !link->u.pLayerInfo)
		return VK_ERROR_INITIALIZATION_FAILED;
	PFN_vkGetInstanceProcAddr get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	PFN_vkCreateInstance create = (PFN_vkCreateInstance)get(VK_NULL_HANDLE, "vkCreateInstance");
	if (!create)
		return VK_ERROR_INITIALIZATION_FAILED;
	struct instance *i = free_instance();
	if (!i)
		return VK_ERROR_TOO_MANY_OBJECTS;
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	VkResult r = create(info, a, to);
	if (r < 0) {
		__atomic_store_n(&i->key, 0, __ATOMIC_RELEASE);
		return r;
	}
	i->handle = *to;
	i->get = get;
	i->destroy = (PFN_vkDestroyInstance)get(*to, "vkDestroyInstance");
	i->properties = (PFN_vkGetPhysicalDeviceProperties)get(*to, "vkGetPhysicalDeviceProperties");
	i->properties2 = (PFN_vkGetPhysicalDeviceProperties2)get(*to, "vkGetPhysicalDeviceProperties2");
	i->memory = (PFN_vkGetPhysicalDeviceMemoryProperties)get(*to, "vkGetPhysicalDeviceMemoryProperties");
	i->api = info->pApplicationInfo ? info->pApplicationInfo->apiVersion : 0;
	__atomic_store_n(&i->key, key_of(*to), __ATOMIC_RELEASE);
	return r;
}

static VKAPI_ATTR void VKAPI_CALL on_DestroyInstance(VkInstance instance, const VkAllocationCallbacks *a)
{
	struct instance *i = instance ? instance_of(instance) : 0;
	if (!i)
		return;
	PFN_vkDestroyInstance destroy = i->destroy;
	__atomic_store_n(&i->key, 0, __ATOMIC_RELEASE); // before it is: then the same key may be another's
	if (destroy)
		destroy(instance, a);
}

INLINE void copy(char *to, const char *from)
{
	u32 i = 0;
	for (; i < 255 && from[i]; i++)
		to[i] = from[i];
	to[i] = 0;
}

// about notes by what names the driver goes.
static void about(struct instance *i, VkPhysicalDevice p)
{
	header.name[0] = header.info[0] = 0;
	if (i->memory) {
		VkPhysicalDeviceMemoryProperties m;
		u64 local = 0;
		i->memory(p, &m);
		for (u32 k = 0; k < m.memoryHeapCount && k < VK_MAX_MEMORY_HEAPS; k++)
			if (m.memoryHeaps[k].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
				local += m.memoryHeaps[k].size;
		header.local = local;
	}
	if (!i->properties)
		return;
	VkPhysicalDeviceProperties is;
	i->properties(p, &is);
	header.api = is.apiVersion;
	header.driver = is.driverVersion;
	header.vendor = is.vendorID;
	header.type = is.deviceType;
	copy(header.device, is.deviceName);
	// Both must be of a version that has it: the instance and the device.
	if (!i->properties2 || i->api < VK_API_VERSION_1_1 || is.apiVersion < VK_API_VERSION_1_2)
		return;
	VkPhysicalDeviceDriverProperties driver;
	VkPhysicalDeviceProperties2 all;
	driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
	driver.pNext = 0;
	driver.driverName[0] = driver.driverInfo[0] = 0;
	all.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
	all.pNext = &driver;
	i->properties2(p, &all);
	copy(header.name, driver.driverName);
	copy(header.info, driver.driverInfo);
}

// await waits until gomedic has said how Go's stacks are found, or that they are not, so that what a program
// allocates first has its line, too: when the first device was made, and not for long.
static void await(void)
{
	enum { MOST = 250000000 }; // nanoseconds
	static int waited;
	if (__atomic_exchange_n(&waited, 1, __ATOMIC_RELAXED))
		return;
	for (u64 until = clock_at(MONOTONIC) + MOST; !*(volatile u64 *)&header.answered && header.on && clock_at(MONOTONIC) < until;) {
		struct when t = {0, 1000000};
		call_kernel(35, (s64)&t, 0); // nanosleep
	}
}

static CALL on_CreateDevice(VkPhysicalDevice p, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *a, VkDevice *to)
{
	struct instance *i = instance_of(p);
	VkLayerDeviceCreateInfo *link = (VkLayerDeviceCreateInfo *)info->pNext;
	while (link && !(link->sType == VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO && link->function == VK_LAYER_LINK_INFO))
		link = (VkLayerDeviceCreateInfo *)link->pNext;
	if (!i || !link || !link->u.pLayerInfo)
		return VK_ERROR_INITIALIZATION_FAILED;
	PFN_vkGetInstanceProcAddr get_i = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
	PFN_vkGetDeviceProcAddr get_d = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
	PFN_vkCreateDevice create = (PFN_vkCreateDevice)get_i(i->handle, "vkCreateDevice");
	if (!create)
		return VK_ERROR_INITIALIZATION_FAILED;
	struct device *d = free_device();
	if (!d)
		return VK_ERROR_TOO_MANY_OBJECTS;
	link->u.pLayerInfo = link->u.pLayerInfo->pNext;
	VkResult r = create(p, info, a, to);
	if (r < 0) {
		__atomic_store_n(&d->key, 0, __ATOMIC_RELEASE);
		return r;
	}
	d->get = get_d;
	d->destroy = (PFN_vkDestroyDevice)get_d(*to, "vkDestroyDevice");
	for (u32 f = 0; f < FUNCS; f++)
		d->next[f] = get_d(*to, header.names[f]);
	__atomic_store_n(&d->key, key_of(*to), __ATOMIC_RELEASE);
	last = d;
	header.submit = (u64)d->next[F_QueueSubmit];
	about(i, p);
	__atomic_add_fetch(&header.devices, 1, __ATOMIC_RELEASE);
	await();
	return r;
}

static VKAPI_ATTR void VKAPI_CALL on_DestroyDevice(VkDevice device, const VkAllocationCallbacks *a)
{
	struct device *d = device ? device_of(device) : 0;
	if (!d)
		return;
	PFN_vkDestroyDevice destroy = d->destroy;
	__atomic_store_n(&d->key, 0, __ATOMIC_RELEASE);
	if (destroy)
		destroy(device, a);
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_device(VkDevice device, const char *name)
{
	struct device *d = device ? device_of(device) : 0;
	if (!d)
		return 0;
	if (same(name, "vkGetDeviceProcAddr"))
		return (PFN_vkVoidFunction)get_device;
	if (same(name, "vkDestroyDevice"))
		return (PFN_vkVoidFunction)on_DestroyDevice;
	PFN_vkVoidFunction next = d->get(device, name);
	if (next) // of an extension that is switched off there is none
		for (u32 f = 0; f < FUNCS; f++)
			if (d->next[f] && same(name, header.names[f]))
				return ours[f];
	return next;
}

// Functions of the device that a program fetches by its instance are the loader's own,
// which go through the device's table: they need not be listed here.
static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL get_instance(VkInstance instance, const char *name)
{
	static const struct { const char *name; PFN_vkVoidFunction f; } known[] = {
		{"vkGetInstanceProcAddr", (PFN_vkVoidFunction)get_instance}, {"vkCreateInstance", (PFN_vkVoidFunction)on_CreateInstance},
		{"vkDestroyInstance", (PFN_vkVoidFunction)on_DestroyInstance}, {"vkCreateDevice", (PFN_vkVoidFunction)on_CreateDevice},
		{"vkGetDeviceProcAddr", (PFN_vkVoidFunction)get_device},
	};
	for (u32 k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		if (same(name, known[k].name))
			return known[k].f;
	struct instance *i = instance ? instance_of(instance) : 0;
	return i ? i->get(instance, name) : 0;
}

__attribute__((visibility("default"))) CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *v)
{
	if (!v || v->sType != LAYER_NEGOTIATE_INTERFACE_STRUCT || v->loaderLayerInterfaceVersion < 2)
		return VK_ERROR_INITIALIZATION_FAILED;
	v->loaderLayerInterfaceVersion = 2;
	v->pfnGetInstanceProcAddr = get_instance;
	v->pfnGetDeviceProcAddr = get_device;
	v->pfnGetPhysicalDeviceProcAddr = 0;
	return VK_SUCCESS;
}
