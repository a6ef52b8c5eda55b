/* What counts as a disk that nobody has written to. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/blank.h"
#include "tests/support/fault.h"

#define MIB  (1024 * 1024)
#define SIZE (256 * MIB)

struct spot {
	uint64_t at;
	bool blank;
};

static int disk(uint64_t size)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, (off_t)size), 0);
	return fd;
}

ParameterizedTestParameters(blank, notices_one_byte)
{
	static struct spot rows[] = {
		{ 0, false },
		{ 510, false },
		{ 65536, false },
		{ 69632, false },
		{ MIB - 1, false },
		{ SIZE / 64, false },
		{ SIZE / 2 + 9, false },
		{ SIZE / 64 * 63, false },
		{ SIZE - MIB, false },
		{ SIZE - 512, false },
		{ SIZE - 1, false },
		{ MIB + 5, true },
	};
	return cr_make_param_array(struct spot, rows, sizeof(rows) / sizeof(*rows));
}

/* The last row is what it can't see, by intent: not every block is read. */
ParameterizedTest(struct spot *row, blank, notices_one_byte)
{
	AUTO_FD int fd = disk(SIZE);
	bool blank = !row->blank;

	cr_assert_eq(pwrite(fd, "\x01", 1, (off_t)row->at), 1);
	cr_assert_eq(blank_probe(fd, SIZE, &blank, NULL), 0);
	cr_assert_eq(blank, row->blank, "byte %lu", (unsigned long)row->at);
}

ParameterizedTestParameters(blank, takes_zeroes_of_any_size)
{
	static uint64_t rows[] = { 4096, 8192, MIB, 16 * MIB, SIZE + 4096, 1ull << 40 };

	return cr_make_param_array(uint64_t, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(uint64_t *size, blank, takes_zeroes_of_any_size)
{
	AUTO_FD int fd = disk(*size);
	bool blank = false;

	cr_assert_eq(blank_probe(fd, *size, &blank, NULL), 0);
	cr_assert(blank);
}

Test(blank, refuses_a_disk_that_ends_early)
{
	AUTO_FD int fd = disk(SIZE - 4096);
	bool blank = false;

	cr_assert_eq(blank_probe(fd, SIZE, &blank, NULL), -FAIL_INPUT);
	cr_assert_not(blank);
}

Test(blank, never_takes_a_failed_read_for_zeroes)
{
	AUTO_FD int fd = disk(4 * MIB);

	FAULT_EACH(n, FAULT_IO)
	{
		bool blank = false;
		int failed = blank_probe(fd, 4 * MIB, &blank, NULL);

		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0);
		cr_assert_eq(blank, !fault_fired());
	}
}
