// Package layer is the Vulkan layer that a program gets which gomedic starts: it sees the
// program's calls from the first one on, and needs no right to set probes. Here is what
// writes it, has the program's Vulkan loader take it, and reads what it notes.
//
// layer.so is committed: only who changes layer.c needs a C compiler and the headers of
// Vulkan. Start at layer.c and [Find].
package layer

//go:generate sh -c "gcc -O2 -fPIC -shared -std=gnu11 -ffreestanding -fvisibility=hidden -fno-builtin -fno-tree-loop-distribute-patterns -fno-stack-protector -fno-omit-frame-pointer -fcf-protection=branch -mgeneral-regs-only -fno-asynchronous-unwind-tables -nostdlib -Wall -Wextra -Werror -Wl,--build-id=none -Wl,-z,nodelete -Wl,-soname,gomedic-vulkan.so -s -o layer.so layer.c && chmod 644 layer.so"
//go:generate sh -c "sha256sum ../../native/exact/gostack.h layer.c layer.so > layer.stamp"
