/* Comparing what is mapped with what was asked for. The rows are the kernel's own words (6.12). */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "base/mem.h"
#include "storage/table.h"
#include "tests/unit/storage/fixture.h"

#define UUID "62e505f5-66d2-4cae-b1fe-6d70af9625e7"
#define CRYPT                                                                                    \
	"capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID "-d0 0 253:1 0" \
	" 2 integrity:32:aead sector_size:4096"
#define JOURNAL                                                                         \
	"253:0 128 32 J 7 block_size:4096 journal_sectors:792 interleave_sectors:32768" \
	" buffer_sectors:128 journal_watermark:50 commit_time:10000 fix_padding"
#define DIRECT                                                                          \
	"253:0 128 32 D 5 block_size:4096 journal_sectors:792 interleave_sectors:32768" \
	" buffer_sectors:128 fix_padding"
#define SECTORS	   129120
#define DISK_BYTES 67108864

struct words {
	char params[400];
	int want;
};

static struct dm_mapping mapping(const char *type, const char *params, dev_t lower)
{
	struct dm_mapping m = { .row_count = 1, .lower_count = 1 };

	m.rows[0].length = SECTORS;
	(void)snprintf(m.rows[0].type, sizeof(m.rows[0].type), "%s", type);
	(void)snprintf(m.rows[0].params, sizeof(m.rows[0].params), "%s", params);
	m.lower[0] = lower;
	return m;
}

ParameterizedTestParameters(table, compares_dm_crypt)
{
	static struct words rows[] = {
		{ CRYPT, 0 },
		{ "", -FAIL_FORGED },
		{ "aes-xts-plain64 :96:logon:cryptsetup:" UUID "-d0 0 253:1 0 2 integrity:32:aead "
		  "sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 "
		  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526"
		  "2728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f 0 253:1 0 2 "
		  "integrity:32:aead sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :64:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 2 integrity:32:aead sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:another-d0"
		  " 0 253:1 0 2 integrity:32:aead sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:7 0 2 integrity:32:aead sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 8 253:1 0 2 integrity:32:aead sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 2 integrity:32:none sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 1 sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 2 integrity:32:aead sector_size:512",
		  -FAIL_FORGED },
		{ CRYPT " allow_discards", -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 3 integrity:32:aead sector_size:4096 allow_discards",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0 3 integrity:32:aead sector_size:4096 sector_size:4096",
		  -FAIL_FORGED },
		{ "capi:authenc(hmac(sha256),xts(aes))-plain64 :96:logon:cryptsetup:" UUID
		  "-d0 0 253:1 0",
		  -FAIL_FORGED },
		{ CRYPT " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", -FAIL_FORGED },
	};
	return cr_make_param_array(struct words, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct words *row, table, compares_dm_crypt)
{
	struct dm_mapping m = mapping("crypt", row->params, makedev(253, 1));
	struct err e = { 0 };

	cr_expect_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, &e), row->want, "%s: %s",
		     row->params, e.text);
	cr_expect_null(strstr(e.text, "0102030405"), "a key is not for the log");
}

ParameterizedTestParameters(table, compares_dm_integrity)
{
	static struct words rows[] = {
		{ JOURNAL, 0 },
		{ DIRECT, -FAIL_FORGED },
		{ "253:3 128 32 J 5 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 0 32 J 5 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 128 0 J 5 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 128 32 R 5 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 128 32 J 5 block_size:512 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 128 32 J 6 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding recalculate",
		  -FAIL_FORGED },
		{ "253:0 128 32 J 4 block_size:4096 journal_sectors:792 interleave_sectors:32768 "
		  "buffer_sectors:128",
		  -FAIL_FORGED },
		{ "253:0 128 32 J 5 block_size:4096 journal_sectors:x interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ "253:0 128 32 J 5 block_size:4096 journal_sectors: interleave_sectors:32768 "
		  "buffer_sectors:128 fix_padding",
		  -FAIL_FORGED },
		{ JOURNAL " ", -FAIL_FORGED },
	};
	return cr_make_param_array(struct words, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct words *row, table, compares_dm_integrity)
{
	struct dm_mapping m = mapping("integrity", row->params, makedev(253, 0));
	struct err e = { 0 };

	cr_expect_eq(table_check_integrity(&m, makedev(253, 0), PROFILE_JOURNAL, SECTORS, &e),
		     row->want, "%s: %s", row->params, e.text);
}

Test(table, knows_the_mode_of_a_volume_that_ends_with_the_guest)
{
	struct dm_mapping m = mapping("integrity", DIRECT, makedev(253, 0));

	cr_assert_eq(table_check_integrity(&m, makedev(253, 0), PROFILE_DIRECT, SECTORS, NULL), 0);
	m = mapping("integrity", JOURNAL, makedev(253, 0));
	cr_assert_eq(table_check_integrity(&m, makedev(253, 0), PROFILE_DIRECT, SECTORS, NULL),
		     -FAIL_FORGED);
}

Test(table, refuses_other_sizes_types_rows_and_lower_devices)
{
	const struct dm_mapping good = mapping("crypt", CRYPT, makedev(253, 1));
	struct dm_mapping m = good;

	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), 0);
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS - 8, NULL), -FAIL_FORGED);
	m.rows[0].start = 8;
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), -FAIL_FORGED);
	m = mapping("linear", CRYPT, makedev(253, 1));
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), -FAIL_FORGED);
	m = good;
	m.row_count = 2;
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), -FAIL_FORGED);
	m = good;
	m.lower[0] = makedev(254, 0);
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), -FAIL_FORGED);
	m = good;
	m.lower_count = 2;
	cr_assert_eq(table_check_crypt(&m, makedev(253, 1), UUID, SECTORS, NULL), -FAIL_FORGED);
}

static struct dm_mapping head_mapping(void)
{
	struct dm_mapping m = {
		.row_count = 2,
		.rows = { { 0, 136, "linear", "7:0 0" },
			  { 136, DISK_BYTES / 512 - 136, "linear", "254:0 136" } },
		.lower_count = 2,
		.lower = { makedev(254, 0), makedev(7, 0) },
	};
	return m;
}

static int check_head(const struct dm_mapping *m)
{
	return table_check_head(m, makedev(7, 0), makedev(254, 0), DISK_BYTES, NULL);
}

Test(table, compares_the_head_in_front_of_the_disk)
{
	struct dm_mapping m = head_mapping();

	cr_assert_eq(check_head(&m), 0);
	strcpy(m.rows[0].params, "254:0 0");
	cr_assert_eq(check_head(&m), -FAIL_FORGED, "the head comes from the disk");
	m = head_mapping();
	strcpy(m.rows[1].params, "254:0 128");
	cr_assert_eq(check_head(&m), -FAIL_FORGED, "the disk is shifted");
	m = head_mapping();
	m.rows[0].length = 128;
	cr_assert_eq(check_head(&m), -FAIL_FORGED, "the superblock comes from the disk");
	m = head_mapping();
	m.rows[1].length += 8;
	cr_assert_eq(check_head(&m), -FAIL_FORGED, "more than the authenticated size");
	m = head_mapping();
	m.lower[1] = makedev(7, 1);
	cr_assert_eq(check_head(&m), -FAIL_FORGED);
	m = head_mapping();
	m.row_count = 1;
	cr_assert_eq(check_head(&m), -FAIL_FORGED);
}

Test(table, takes_the_size_from_the_superblock_only_if_it_can_be)
{
	AUTO_FREE uint8_t *head = head_new();
	uint64_t sectors = 7;

	cr_assert_eq(table_sectors(head, DISK_BYTES, &sectors, NULL), -FAIL_FORGED);
	memcpy(head + HEAD_DATA_OFFSET, "integrt", 8);
	cr_assert_eq(table_sectors(head, DISK_BYTES, &sectors, NULL), -FAIL_FORGED, "none");
	memcpy(head + HEAD_DATA_OFFSET + 16, "\x60\xf8\x01", 3);
	cr_assert_eq(table_sectors(head, DISK_BYTES, &sectors, NULL), 0);
	cr_assert_eq(sectors, SECTORS);
	head[HEAD_DATA_OFFSET + 23] = 0x80;
	sectors = 7;
	cr_assert_eq(table_sectors(head, DISK_BYTES, &sectors, NULL), -FAIL_FORGED,
		     "more than fit");
	cr_assert_eq(sectors, 7);
}
