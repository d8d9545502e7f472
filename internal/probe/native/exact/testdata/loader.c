// "now LIB", "lazy LIB" and "deep LIB" load a library, the last one so that it finds
// what it is linked with first; "call N" has it allocate N bytes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *(*make)(size_t);
static char line[4096];

static char *get(void) { // without malloc, and no further than the end of the line
	size_t n = 0;
	while (n + 1 < sizeof line && read(0, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = 0;
	return n ? line : 0;
}

static void say(const char *s) {
	char out[64];
	int n = snprintf(out, sizeof out, "%s\n", s);
	if (write(1, out, n) != n) exit(2);
}

int main(void) {
	say("ready");
	for (char *l; (l = get());) {
		size_t n;
		if (sscanf(l, "call %zu", &n) == 1) {
			char *p = make(n);
			p[0] = 1;
			say("called");
			continue;
		}
		int now = l[0] == 'n';
		void *h = dlopen(l + (now ? 4 : 5), now ? RTLD_NOW : l[0] == 'd' ? RTLD_LAZY | RTLD_DEEPBIND : RTLD_LAZY);
		if (!h) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		make = (void *(*)(size_t))dlsym(h, "make");
		say("loaded");
	}
	return 0;
}
