#include "storage/ext4.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "base/fd.h"

#define BLOCK		 4096u
#define SUPER_AT	 1024u
#define SUPER_BYTES	 1024u
#define SUPER_MAGIC	 0xef53u
#define EXTENT_MAGIC	 0xf30au
#define DESCRIPTOR_BYTES 64u	/* with the feature "64bit" */
#define EXTENT_LEN_MAX	 32768u /* above it: allocated, but not written */
#define INODE_BYTES	 256u
#define JOURNAL_INODE	 8u

static uint32_t le32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint16_t le16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static int read_super(int fd, uint64_t *ret_blocks, struct err *e)
{
	uint8_t s[SUPER_BYTES];
	int failed = fd_pread_all(fd, s, sizeof(s), SUPER_AT, e);

	if (failed)
		return failed;
	if (le16(s + 0x38) != SUPER_MAGIC || le32(s + 0x18) != 2 || le16(s + 0x58) != INODE_BYTES ||
	    le16(s + 0xfe) != DESCRIPTOR_BYTES || le32(s + 0xe0) != JOURNAL_INODE)
		return FAIL(e, FAIL_INPUT, "ext4: not the layout that was asked for");
	*ret_blocks = le32(s + 0x4) | (uint64_t)le32(s + 0x150) << 32;
	return 0;
}

/* Group 0 has the first inodes; its descriptor is in the block behind the superblock's. */
static int read_journal_inode(int fd, uint64_t blocks, uint8_t ret[INODE_BYTES], struct err *e)
{
	uint8_t group[DESCRIPTOR_BYTES];
	uint64_t table;
	int failed = fd_pread_all(fd, group, sizeof(group), BLOCK, e);

	if (failed)
		return failed;
	table = le32(group + 0x8) | (uint64_t)le32(group + 0x28) << 32;
	if (table >= blocks)
		return FAIL(e, FAIL_INPUT, "ext4: inode table at block %" PRIu64, table);
	return fd_pread_all(fd, ret, INODE_BYTES, table * BLOCK + (JOURNAL_INODE - 1) * INODE_BYTES,
			    e);
}

static int read_extent(const uint8_t *at, uint64_t blocks, struct ext4_extent *ret, struct err *e)
{
	uint64_t start = le32(at + 8) | (uint64_t)le16(at + 6) << 32;
	uint32_t len = le16(at + 4);

	if (len > EXTENT_LEN_MAX)
		len -= EXTENT_LEN_MAX;
	if (!len || start >= blocks || len > blocks - start)
		return FAIL(e, FAIL_INPUT,
			    "ext4: journal at block %" PRIu64 ", %" PRIu32 " of them", start, len);
	ret->offset = start * BLOCK;
	ret->len = (uint64_t)len * BLOCK;
	return 0;
}

int ext4_journal(int fd, struct ext4_extent ret[EXT4_EXTENTS], size_t *ret_count, struct err *e)
{
	struct ext4_extent found[EXT4_EXTENTS];
	uint8_t inode[INODE_BYTES];
	const uint8_t *tree = inode + 0x28;
	uint64_t blocks = 0;
	size_t count, i;
	int failed = read_super(fd, &blocks, e);

	if (!failed)
		failed = read_journal_inode(fd, blocks, inode, e);
	if (failed)
		return failed;
	count = le16(tree + 2);
	if (le16(tree) != EXTENT_MAGIC || le16(tree + 6) != 0 || !count || count > EXT4_EXTENTS)
		return FAIL(e, FAIL_INPUT, "ext4: the journal is not one run of blocks");
	for (i = 0; i < count; i++) {
		failed = read_extent(tree + 12 * (i + 1), blocks, &found[i], e);
		if (failed)
			return failed;
	}
	memcpy(ret, found, count * sizeof(*ret));
	*ret_count = count;
	return 0;
}
