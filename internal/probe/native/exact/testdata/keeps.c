// Frees each block when the next is made: the first call frees none.
#include <stdlib.h>
static void *last;
void *make(size_t n) {
	if (last)
		free(last);
	return last = malloc(n);
}
