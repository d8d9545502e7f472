// Nested calls without frame pointers, asleep in the innermost: in main's own
// calls, or with an argument in a signal handler.
#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile int depth;

__attribute__((noinline)) void gamma_sleep(int n) {
	char pad[240];
	snprintf(pad, sizeof pad, "%d", n);
	puts("ready");
	fflush(stdout);
	struct timespec hour = {3600 + pad[0] % 2, 0};
	for (;;) nanosleep(&hour, 0);
}

// A C++ name: app::Store::wait(int).
__attribute__((noinline)) int _ZN3app5Store4waitEi(int n) {
	int big[n + 7]; // alloca: the frame's size is known at run time only
	for (int i = 0; i < n + 7; i++) big[i] = i * n;
	gamma_sleep(big[n]);
	return big[n] + depth;
}

__attribute__((noinline)) int beta(int a, int b, int c, int d) {
	int r = _ZN3app5Store4waitEi(a + b) * c;
	return r + d + depth;
}

__attribute__((noinline)) int alpha(int a) {
	int r = beta(a, a + 1, a + 2, a + 3) + 1;
	depth += r;
	return r;
}

void on_signal(int s) { depth += alpha(s); }

int main(int argc, char **argv) {
	if (argc > 1) {
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
	} else {
		depth = alpha(argc);
	}
	return depth;
}
