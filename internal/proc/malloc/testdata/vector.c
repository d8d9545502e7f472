// Holds a chunk by a vector register alone.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static void wipe(void) {
	volatile char a[16 << 10];
	for (size_t i = 0; i < sizeof a; i++) a[i] = 0;
}

int main(void) {
	setvbuf(stdout, 0, _IONBF, 0);
	uintptr_t p = (uintptr_t)malloc(1234);
	char line[64];
	int n = snprintf(line, sizeof line, "0x%lx 1234\nend\n", (unsigned long)p);
	p = ~p;
	for (int i = 0; i < n; i++) putchar(line[i]);
	memset(line, 0, sizeof line);
	wipe();
	__asm__ volatile("notq %0; movq %0, %%xmm11; xorl %%eax, %%eax; movq %%rax, %0; 1: pause; jmp 1b" : "+r"(p) : : "rax", "xmm11", "memory");
	return 0;
}
