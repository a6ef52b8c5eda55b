#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"

int secret_init(struct secret *ret, size_t len, struct err *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t mapped = (len + page - 1) / page * page;
	void *at;

	if (!len || len > LIMIT_SECRET_BYTES)
		return FAIL(e, FAIL_LIMIT, "a secret of %zu bytes", len);
	at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return FAIL_ERRNO(e, "map %zu bytes: %s", mapped, strerror(errno));
	if (mlock(at, mapped) < 0 || madvise(at, mapped, MADV_DONTDUMP) < 0 ||
	    madvise(at, mapped, MADV_WIPEONFORK) < 0) {
		int sys = errno;

		(void)munmap(at, mapped);
		errno = sys;
		return FAIL_ERRNO(e, "can't lock %zu bytes for a secret (RLIMIT_MEMLOCK): %s",
				  mapped, strerror(sys));
	}
	secret_done(ret);
	*ret = (struct secret){ at, len, mapped };
	return 0;
}

int secret_copy(struct secret *ret, struct span bytes, struct err *e)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	int failed = secret_init(&s, bytes.len, e);

	if (failed)
		return failed;
	memcpy(s.at, bytes.at, bytes.len);
	secret_done(ret);
	*ret = secret_take(&s);
	return 0;
}

int secret_random(struct secret *ret, size_t len, struct err *e)
{
	AUTO_SECRET struct secret s = SECRET_EMPTY;
	int failed = secret_init(&s, len, e);
	size_t done = 0;
	ssize_t n;

	if (failed)
		return failed;
	while (done < len) {
		/* PID 1 has waited for the generator to be ready: not blocking is a check. */
		n = getrandom(s.at + done, len - done, GRND_NONBLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FAIL_ERRNO(e, "getrandom: %s", strerror(errno));
		done += (size_t)n;
	}
	secret_done(ret);
	*ret = secret_take(&s);
	return 0;
}

struct span secret_view(const struct secret *s)
{
	return (struct span){ s->at, s->len };
}

struct secret secret_take(struct secret *s)
{
	struct secret taken = *s;

	*s = SECRET_EMPTY;
	return taken;
}

void secret_done(struct secret *s)
{
	if (!s || !s->at)
		return;
	explicit_bzero(s->at, s->mapped);
	(void)munmap(s->at, s->mapped);
	*s = SECRET_EMPTY;
}

int secret_harden_process(struct err *e)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return FAIL_ERRNO(e, "harden: %s", strerror(errno));
	return 0;
}
