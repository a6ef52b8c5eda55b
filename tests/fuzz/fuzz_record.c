/*
 * Sealed blobs. The input is a byte that says how long the context is, the context, and a blob:
 * opening it must refuse or fail cleanly, unless it is what record_seal() would write. Then the
 * same bytes are sealed, which must open again, and must not with a bit changed.
 */
#include <stdlib.h>
#include <string.h>

#include "api/seal/record.h"

static const struct keyring *keys(void)
{
	static struct keyring ring;
	struct msg_seal_keys m = { .count = 3 };
	struct err e;

	for (uint32_t i = 0; i < m.count && !ring.count; i++) {
		m.keys[i].scope = SCOPE_LIFE + i;
		m.keys[i].epoch = 1;
		memset(m.keys[i].key, (int)i, SEAL_KEY_BYTES);
	}
	if (!ring.count && keyring_load(&ring, &m, &e) < 0)
		abort();
	return &ring;
}

static void open_any(struct span context, struct span blob)
{
	struct buf plain = BUF_EMPTY;
	struct err e;
	int failed = record_open(keys(), context, blob, &plain, &e);

	if (failed && (failed != -(int)FAIL_FORGED || plain.at))
		abort();
	if (!failed && record_sealed_bytes(plain.len) != blob.len)
		abort();
	buf_done(&plain);
}

static void seal_and_open(struct span context, struct span plain)
{
	AUTO_BUF struct buf blob = BUF_EMPTY;
	AUTO_BUF struct buf back = BUF_EMPTY;
	size_t bit;
	struct err e;

	if (record_seal(keys(), SCOPE_POD, context, plain, &blob, &e) < 0 ||
	    record_open(keys(), context, buf_view(&blob), &back, &e) < 0 ||
	    !span_is_equal(buf_view(&back), plain))
		abort();
	bit = plain.len ? plain.at[plain.len - 1] * blob.len / 256 : 0;
	blob.at[bit] ^= (uint8_t)(1 << context.len % 8);
	if (record_open(keys(), context, buf_view(&blob), &back, &e) != -(int)FAIL_FORGED)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t context = size && (size_t)data[0] < size ? data[0] : 0;

	if (!size)
		return 0;
	open_any(span(data + 1, context), span(data + 1 + context, size - 1 - context));
	seal_and_open(span(data + 1, context), span(data + 1 + context, size - 1 - context));
	return 0;
}
