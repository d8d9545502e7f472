// Holds C memory by vector registers alone: a thread of C's has the address of one
// chunk in an XMM register, and of another in the upper half of a YMM register, and
// spins. Writes "held address" for each, then "ready", and waits for stdin to end.
package main

/*
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int spins;

__attribute__((noinline)) static void wipe(void) {
	volatile char a[16 << 10];
	for (size_t i = 0; i < sizeof a; i++) a[i] = 0;
}

static void *spin(void *unused) {
	uintptr_t x = (uintptr_t)malloc(1234), y = __builtin_cpu_supports("avx2") ? (uintptr_t)malloc(4321) : 0;
	setvbuf(stdout, 0, _IOLBF, 256);
	printf("held 0x%lx\n", (unsigned long)x);
	if (y) printf("held 0x%lx\n", (unsigned long)y);
	x = ~x, y = ~y;
	wipe();
	if (~y)
		__asm__ volatile("notq %0; movq %0, %%xmm12; vpxor %%xmm13, %%xmm13, %%xmm13; vinserti128 $1, %%xmm12, %%ymm13, %%ymm13;"
			"pxor %%xmm12, %%xmm12; xorl %%eax, %%eax; movq %%rax, %0" : "+r"(y) : : "rax", "xmm12", "xmm13");
	__asm__ volatile("notq %0; movq %0, %%xmm11; xorl %%eax, %%eax; movq %%rax, %0; movl $1, %1; 1: pause; jmp 1b"
		: "+r"(x), "=m"(spins) : : "rax", "xmm11", "memory");
	return 0;
}

static void begin(void) { pthread_t t; pthread_create(&t, 0, spin, 0); }
static int begun(void) { return spins; }
*/
import "C"

import (
	"fmt"
	"os"
	"time"
)

func main() {
	C.begin()
	for C.begun() == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
}
