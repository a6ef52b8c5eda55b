#include "attest/life.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_page(int fd, size_t page, uint8_t **ret, struct err *e)
{
	struct stat st;
	void *at;

	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "life: fstat: %s", strerror(errno));
	if (st.st_size < (off_t)page)
		return FAIL(e, FAIL_INPUT, "life: %lld bytes are no page", (long long)st.st_size);
	at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return FAIL_ERRNO(e, "life: map: %s", strerror(errno));
	(void)madvise(at, page, MADV_DONTDUMP);
	*ret = at;
	return 0;
}

/* The magic comes last: a crash in between leaves a fresh page, and a root that nobody has used. */
static int fill(uint8_t *page, struct err *e)
{
	AUTO_SECRET struct secret root = SECRET_EMPTY;
	int failed = secret_random(&root, LIFE_ROOT_BYTES, e);

	if (failed)
		return failed;
	memcpy(page + LIFE_MAGIC_BYTES, root.at, LIFE_ROOT_BYTES);
	atomic_thread_fence(memory_order_seq_cst);
	memcpy(page, LIFE_MAGIC, LIFE_MAGIC_BYTES);
	return 0;
}

static int take_root(uint8_t *page, struct secret *ret, struct err *e)
{
	static const uint8_t fresh[LIFE_MAGIC_BYTES] = { 0 };
	int failed = 0;

	if (!memcmp(page, fresh, sizeof(fresh)))
		failed = fill(page, e);
	else if (memcmp(page, LIFE_MAGIC, LIFE_MAGIC_BYTES) != 0)
		failed = FAIL(e, FAIL_INPUT, "life: not a page of ours");
	if (failed)
		return failed;
	return secret_copy(ret, span(page + LIFE_MAGIC_BYTES, LIFE_ROOT_BYTES), e);
}

int life_root(int fd, struct secret *ret, struct err *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at;
	int failed = map_page(fd, page, &at, e);

	if (failed)
		return failed;
	failed = take_root(at, ret, e);
	(void)munmap(at, page);
	return failed;
}
