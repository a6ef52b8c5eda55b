/* cpio and gzip: the bytes that the kernel unpacks, the same each time. */
#include <criterion/criterion.h>
#include <string.h>

#include "image/build/cpio.h"
#include "image/build/gzip.h"
#include "tests/support/fault.h"

/* Its strings are only read. */
static struct entry entry(enum entry_type type, const char *path, uint32_t mode)
{
	union {
		const char *in;
		char *out;
	} u = { .in = path };

	return (struct entry){ .type = type, .path = u.out, .mode = mode, .uid = 901, .gid = 902 };
}

Test(cpio, writes_the_head_that_the_kernel_reads)
{
	struct cpio c = { .mtime = 0x1234 };
	struct entry file = entry(ENTRY_FILE, "/etc/a", 0640);
	struct err e = { 0 };

	cr_assert_eq(cpio_add(&c, &file, span_text("hello"), &e), 0);
	/* Magic; inode, mode, uid, gid, links, time, size; device, its own device; name's length,
	 * checksum. */
	cr_expect_arr_eq(c.out.at,
			 "070701"
			 "00000001000081A000000385000003860000000100001234"
			 "00000005000000000000000000000000000000000000000600000000"
			 "etc/a\0hello\0\0\0",
			 110 + 6 + 8);
	cr_expect_eq(c.out.len, 110 + 6 + 8);
	buf_done(&c.out);
}

Test(cpio, tells_a_device_by_its_numbers)
{
	struct cpio c = { 0 };
	struct entry console = entry(ENTRY_CHAR, "/dev/console", 0600);
	struct err e = { 0 };

	console.major = 5;
	console.minor = 1;
	cr_assert_eq(cpio_add(&c, &console, SPAN_EMPTY, &e), 0);
	cr_expect_arr_eq(c.out.at + 14, "00002180", 8);
	cr_expect_arr_eq(c.out.at + 78, "0000000500000001", 16);
	buf_done(&c.out);
}

Test(cpio, ends_with_a_trailer_on_a_block)
{
	struct cpio c = { .mtime = 7 };
	struct entry dir = entry(ENTRY_DIR, "/dev", 0755);
	struct err e = { 0 };

	cr_assert_eq(cpio_add(&c, &dir, SPAN_EMPTY, &e), 0);
	cr_assert_eq(cpio_end(&c, &e), 0);
	cr_expect_eq(c.out.len, 512);
	cr_expect_not_null(memmem(c.out.at, c.out.len, "TRAILER!!!", 11));
	buf_done(&c.out);
}

Test(gzip, gives_the_same_bytes_without_name_or_time)
{
	AUTO_BUF struct buf one = BUF_EMPTY;
	AUTO_BUF struct buf two = BUF_EMPTY;
	AUTO_BUF struct buf back = BUF_EMPTY;
	struct span text = span_text("the same bytes, the same bytes, the same bytes");
	struct err e = { 0 };

	cr_assert_eq(gzip_pack(text, 1000, &one, &e), 0);
	cr_assert_eq(gzip_pack(text, 1000, &two, &e), 0);
	cr_expect(span_is_equal(buf_view(&one), buf_view(&two)));
	/* RFC 1952: magic, deflate, no flags, no time, best compression, unknown system. */
	cr_expect_arr_eq(one.at, "\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10);
	cr_assert_eq(gzip_unpack(buf_view(&one), text.len, &back, &e), 0);
	cr_expect(span_is_equal(buf_view(&back), text));
}

Test(gzip, refuses_more_than_its_limit_both_ways)
{
	AUTO_BUF struct buf packed = BUF_EMPTY;
	AUTO_BUF struct buf none = BUF_EMPTY;
	uint8_t *zeros = calloc(1, 300000);
	struct err e = { 0 };

	cr_assert_eq(gzip_pack(span(zeros, 300000), 10, &none, &e), -FAIL_LIMIT);
	cr_assert_eq(gzip_pack(span(zeros, 300000), 10000, &packed, &e), 0);
	cr_assert_eq(gzip_unpack(buf_view(&packed), 299999, &none, &e), -FAIL_LIMIT);
	cr_expect_null(none.at);
	free(zeros);
}

Test(gzip, refuses_what_is_cut_damaged_or_followed)
{
	AUTO_BUF struct buf packed = BUF_EMPTY;
	AUTO_BUF struct buf none = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(gzip_pack(span_text("hello, hello"), 1000, &packed, &e), 0);
	for (size_t len = 0; len < packed.len; len++)
		cr_expect_eq(gzip_unpack(span(packed.at, len), 1000, &none, &e), -FAIL_INPUT,
			     "%zu bytes", len);
	packed.at[packed.len - 6] ^= 1; /* the checksum */
	cr_expect_eq(gzip_unpack(buf_view(&packed), 1000, &none, &e), -FAIL_INPUT);
	packed.at[packed.len - 6] ^= 1;
	cr_assert_eq(buf_append(&packed, span("", 1), 1000, &e), 0);
	cr_expect_eq(gzip_unpack(buf_view(&packed), 1000, &none, &e), -FAIL_INPUT);
	cr_expect_null(none.at);
}

Test(gzip, survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf packed = BUF_EMPTY;
		AUTO_BUF struct buf back = BUF_EMPTY;
		struct err e = { 0 };
		int got = gzip_pack(span_text("hello"), 1000, &packed, &e);

		if (!got)
			got = gzip_unpack(buf_view(&packed), 1000, &back, &e);
		cr_expect(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
	}
}
