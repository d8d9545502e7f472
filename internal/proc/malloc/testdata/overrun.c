// Writes beyond the end of a chunk, by as much as its argument says: says where the
// chunk's memory ends, then "end", and waits for stdin to end.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *volatile held[200];

int main(int argc, char **argv) {
	void *volatile once = malloc(1);
	free(once); // a static program that never frees gets a simpler malloc of musl's
	for (int i = 0; i < 200; i++) {
		held[i] = malloc(100);
		memset(held[i], 1, 100);
	}
	int by = atoi(argv[1]);
	memset(held[50] + 100, 'x', by);
	printf("%p %d\nend\n", held[50] + 100, by);
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0) {}
	_exit(0);
}
