// Package exact records every allocation that a running program makes in C and every
// free: it lets the tables through which the program and its libraries call malloc
// lead to functions of its own, which note each call in memory that gomedic reads.
//
// hooks.bin is committed: only who changes hooks.c or gostack.h needs a C compiler. Start at
// hooks.c and [Attach].
package exact

//go:generate sh -c "gcc -O2 -fPIC -fno-stack-protector -fno-omit-frame-pointer -fcf-protection=branch -mgeneral-regs-only -ffreestanding -fno-asynchronous-unwind-tables -fno-jump-tables -nostdlib -Wall -Wextra -Werror -Wl,--build-id=none -Wl,--oformat=binary -Wl,-T,hooks.ld -static -o hooks.bin hooks.c"
//go:generate sh -c "gcc -O2 -fPIC -shared -fvisibility=hidden -fno-builtin -fno-stack-protector -fno-omit-frame-pointer -fcf-protection=branch -mgeneral-regs-only -nostdlib -Wall -Wextra -Werror -Wl,--build-id=none -Wl,-soname,gomedic-native.so -s -o preload.so preload.c"
//go:generate sh -c "sha256sum gostack.h hooks.c hooks.ld hooks.bin preload.c preload.so > hooks.stamp"
