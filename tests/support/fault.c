#include "tests/support/fault.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

static struct {
	unsigned int left;  /* until one fails; 0: not armed */
	unsigned int times; /* that all fail, with `sys`     */
	int kinds, sys;
	bool fired;
} fault;

void fault_arm(unsigned int n, int kinds)
{
	fault.left = n;
	fault.times = 0;
	fault.kinds = kinds;
	fault.fired = false;
}

void fault_arm_as(int sys, unsigned int times, int kinds)
{
	fault_arm(0, kinds);
	fault.times = times;
	fault.sys = sys;
}

bool fault_fired(void)
{
	return fault.fired;
}

void fault_disarm_keep(void)
{
	fault.left = fault.times = 0;
}

static bool is_failing(int kind, int sys)
{
	if (!(fault.kinds & kind))
		return false;
	if (fault.times)
		sys = fault.sys, fault.times--;
	else if (!fault.left || --fault.left)
		return false;
	fault.fired = true;
	errno = sys;
	return true;
}

/* The linker's names for "ours" and "the real one". */
#define WRAP(type, name, kind, sys, failure, parameters, arguments)               \
	type __real_##name parameters;                                            \
	type __wrap_##name parameters;                                            \
	type __wrap_##name parameters                                             \
	{                                                                         \
		return is_failing(kind, sys) ? failure : __real_##name arguments; \
	}

WRAP(void *, malloc, FAULT_MEMORY, ENOMEM, NULL, (size_t n), (n))
WRAP(void *, calloc, FAULT_MEMORY, ENOMEM, NULL, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, FAULT_MEMORY, ENOMEM, NULL, (void *p, size_t n), (p, n))
WRAP(void *, mmap, FAULT_MEMORY, ENOMEM, MAP_FAILED,
     (void *at, size_t n, int prot, int flags, int fd, off_t offset),
     (at, n, prot, flags, fd, offset))
WRAP(ssize_t, read, FAULT_IO, EIO, -1, (int fd, void *at, size_t n), (fd, at, n))
WRAP(ssize_t, write, FAULT_IO, EIO, -1, (int fd, const void *at, size_t n), (fd, at, n))
WRAP(ssize_t, pread, FAULT_IO, EIO, -1, (int fd, void *at, size_t n, off_t o), (fd, at, n, o))
WRAP(ssize_t, pwrite, FAULT_IO, EIO, -1, (int fd, const void *at, size_t n, off_t o),
     (fd, at, n, o))
WRAP(int, unlinkat, FAULT_ERASE, 0, 0, (int dir, const char *name, int flags), (dir, name, flags))
