#include "storage/table.h"

#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/mem.h"

#define SECTOR 512u
#define WORDS  24
#define CIPHER "capi:authenc(hmac(sha256),xts(aes))-plain64"

static int check_lower(const struct dm_mapping *m, const dev_t *want, size_t count,
		       const char *what, struct err *e)
{
	size_t i, j;

	if (m->lower_count != count)
		return FAIL(e, FAIL_FORGED, "%s: stands on %zu devices", what, m->lower_count);
	for (i = 0; i < count; i++) {
		for (j = 0; j < count && m->lower[j] != want[i]; j++)
			;
		if (j == count)
			return FAIL(e, FAIL_FORGED, "%s: doesn't stand on %u:%u", what,
				    major(want[i]), minor(want[i]));
	}
	return 0;
}

static int check_row(const struct dm_row *row, uint64_t start, uint64_t length, const char *type,
		     struct err *e)
{
	if (row->start != start || row->length != length || strcmp(row->type, type) != 0)
		return FAIL(e, FAIL_FORGED,
			    "%s: row is %" PRIu64 " %" PRIu64 " %s, not %" PRIu64 " %" PRIu64, type,
			    row->start, row->length, row->type, start, length);
	return 0;
}

static int check_linear(const struct dm_row *row, uint64_t start, uint64_t length, dev_t lower,
			struct err *e)
{
	char want[64];
	int failed = check_row(row, start, length, "linear", e);

	(void)snprintf(want, sizeof(want), "%u:%u %" PRIu64, major(lower), minor(lower), start);
	if (!failed && strcmp(row->params, want) != 0)
		failed = FAIL(e, FAIL_FORGED, "linear: is '%s', not '%s'", row->params, want);
	return failed;
}

int table_check_head(const struct dm_mapping *m, dev_t loop, dev_t disk, uint64_t size,
		     struct err *e)
{
	const dev_t lower[] = { loop, disk };
	const uint64_t head = HEAD_BYTES / SECTOR;
	int failed;

	if (m->row_count != 2)
		return FAIL(e, FAIL_FORGED, "head: %zu rows", m->row_count);
	failed = check_linear(&m->rows[0], 0, head, loop, e);
	if (!failed)
		failed = check_linear(&m->rows[1], head, size / SECTOR - head, disk, e);
	return failed ? failed : check_lower(m, lower, 2, "head", e);
}

/* Splits at single spaces. More than WORDS: the count says so. */
static size_t split(char *params, char *words[WORDS])
{
	size_t count = 0;
	char *word;

	while (count < WORDS && (word = strsep(&params, " ")))
		words[count++] = word;
	return params ? WORDS + 1 : count;
}

/* An option, and whether its value is one or any number. */
struct option {
	char name[24];
	char value[16]; /* "" none, "N" decimal digits, else this */
	bool required;
};

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len > 0 && text[len] == 0;
}

static bool is_option(const struct option *o, const char *word)
{
	size_t len = strlen(o->name);

	if (strncmp(word, o->name, len) != 0)
		return false;
	word += len;
	if (!*o->value)
		return !*word;
	if (*word++ != ':')
		return false;
	return strcmp(o->value, "N") == 0 ? is_number(word) : strcmp(word, o->value) == 0;
}

/* Exactly these options, each once: `words` starts with their count. */
static int check_options(char *const *words, size_t count, const struct option *options,
			 size_t option_count, const char *what, struct err *e)
{
	unsigned int seen = 0;
	size_t i, j;

	if (!count || !is_number(words[0]) || strtoull(words[0], NULL, 10) != count - 1)
		return FAIL(e, FAIL_FORGED, "%s: options and their count don't fit", what);
	for (i = 1; i < count; i++) {
		for (j = 0; j < option_count && !is_option(&options[j], words[i]); j++)
			;
		if (j == option_count || (seen & 1u << j))
			return FAIL(e, FAIL_FORGED, "%s: option '%s' was not asked for", what,
				    words[i]);
		seen |= 1u << j;
	}
	for (j = 0; j < option_count; j++)
		if (options[j].required && !(seen & 1u << j))
			return FAIL(e, FAIL_FORGED, "%s: option %s is missing", what,
				    options[j].name);
	return 0;
}

/* The first words have to be these. What is there instead isn't said: it may be a key. */
static int check_words(char *const *words, size_t count, const char *const *want, size_t want_count,
		       const char *what, struct err *e)
{
	size_t i;

	if (count < want_count || count > WORDS)
		return FAIL(e, FAIL_FORGED, "%s: table of %zu words", what, count);
	for (i = 0; i < want_count; i++)
		if (strcmp(words[i], want[i]) != 0)
			return FAIL(e, FAIL_FORGED, "%s: word %zu is not '%s'", what, i, want[i]);
	return 0;
}

int table_check_integrity(const struct dm_mapping *m, dev_t lower, enum seal_profile profile,
			  uint64_t sectors, struct err *e)
{
	/* Sizes of buffers and pace come from the authenticated superblock and the kernel. */
	static const struct option options[] = {
		{ "block_size", "4096", true },	  { "fix_padding", "", true },
		{ "journal_sectors", "N", true }, { "interleave_sectors", "N", true },
		{ "buffer_sectors", "N", true },  { "journal_watermark", "N", false },
		{ "commit_time", "N", false },
	};
	struct dm_row row = m->rows[0];
	char *words[WORDS], device[32], start[24];
	const char *want[] = { device, start, "32", profile == PROFILE_DIRECT ? "D" : "J" };
	size_t count = split(row.params, words);
	int failed;

	(void)snprintf(device, sizeof(device), "%u:%u", major(lower), minor(lower));
	(void)snprintf(start, sizeof(start), "%u", HEAD_DATA_OFFSET / SECTOR);
	if (m->row_count != 1)
		return FAIL(e, FAIL_FORGED, "integrity: %zu rows", m->row_count);
	failed = check_row(&row, 0, sectors, "integrity", e);
	if (!failed)
		failed = check_words(words, count, want, COUNT_OF(want), "integrity", e);
	if (!failed)
		failed = check_options(words + COUNT_OF(want), count - COUNT_OF(want), options,
				       COUNT_OF(options), "integrity", e);
	return failed ? failed : check_lower(m, &lower, 1, "integrity", e);
}

int table_check_crypt(const struct dm_mapping *m, dev_t lower, const char *uuid, uint64_t sectors,
		      struct err *e)
{
	static const struct option options[] = {
		{ "integrity", "32:aead", true },
		{ "sector_size", "4096", true },
	};
	struct dm_row row = m->rows[0];
	char *words[WORDS], device[32], key[96];
	const char *want[] = { CIPHER, key, "0", device, "0" };
	size_t count = split(row.params, words);
	int failed;

	(void)snprintf(key, sizeof(key), ":%d:logon:cryptsetup:%.40s-d0", VOLUME_SECRET_BYTES,
		       uuid);
	(void)snprintf(device, sizeof(device), "%u:%u", major(lower), minor(lower));
	if (m->row_count != 1)
		return FAIL(e, FAIL_FORGED, "crypt: %zu rows", m->row_count);
	failed = check_row(&row, 0, sectors, "crypt", e);
	if (!failed)
		failed = check_words(words, count, want, COUNT_OF(want), "crypt", e);
	if (!failed)
		failed = check_options(words + COUNT_OF(want), count - COUNT_OF(want), options,
				       COUNT_OF(options), "crypt", e);
	return failed ? failed : check_lower(m, &lower, 1, "crypt", e);
}

int table_sectors(const uint8_t *head, uint64_t size, uint64_t *ret, struct err *e)
{
	static const char magic[8] = "integrt";
	const uint8_t *superblock = head + HEAD_DATA_OFFSET;
	uint64_t sectors;

	memcpy(&sectors, superblock + 16, sizeof(sectors));
	sectors = le64toh(sectors);
	if (memcmp(superblock, magic, sizeof(magic)) != 0 || !sectors ||
	    sectors >= (size - HEAD_BYTES) / SECTOR)
		return FAIL(e, FAIL_FORGED, "dm-integrity's superblock gives %" PRIu64 " sectors",
			    sectors);
	*ret = sectors;
	return 0;
}
