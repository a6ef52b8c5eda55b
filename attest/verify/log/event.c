#include "attest/verify/log/event.h"

#include <inttypes.h>

#include "attest/verify/bytes.h"

/* Bytes of a digest; 0 when the header does not declare it. */
static size_t size_of(const struct tcg_header *h, uint16_t alg)
{
	for (uint32_t i = 0; i < h->alg_count; i++)
		if (h->algs[i].alg == alg)
			return h->algs[i].size;
	return 0;
}

static int read_digest(struct span *from, const struct tcg_header *h, struct tcg_event *event,
		       struct err *e)
{
	uint32_t n = event->digest_count;
	struct span digest;
	uint16_t alg;

	if (!bytes_u16(from, &alg))
		return FAIL(e, FAIL_INPUT, "cut in its digests");
	if (!size_of(h, alg))
		return FAIL(e, FAIL_INPUT, "algorithm %04x is not in the header", alg);
	for (uint32_t i = 0; i < n; i++)
		if (event->algs[i] == alg)
			return FAIL(e, FAIL_INPUT, "%s twice", tcg_alg_name(alg));
	if (!bytes_take(from, size_of(h, alg), &digest))
		return FAIL(e, FAIL_INPUT, "cut in its digests");
	event->algs[n] = alg;
	event->digests[n] = digest.at;
	event->digest_count++;
	return 0;
}

int tcg_event_read(struct span *log, const struct tcg_header *h, struct tcg_event *ret,
		   struct err *e)
{
	struct tcg_event event = { 0 };
	struct span from = *log;
	uint32_t count;
	int failed = 0;

	if (!bytes_u32(&from, &event.reg) || !bytes_u32(&from, &event.type) ||
	    !bytes_u32(&from, &count))
		return FAIL(e, FAIL_INPUT, "cut in its head");
	if (!count || count > h->alg_count || (!h->is_aael && count != h->alg_count))
		return FAIL(e, FAIL_INPUT,
			    "%" PRIu32 " digests, and the header has %" PRIu32 " algorithms", count,
			    h->alg_count);
	while (event.digest_count < count && !failed)
		failed = read_digest(&from, h, &event, e);
	if (failed)
		return failed;
	if (!bytes_sized(&from, &event.data))
		return FAIL(e, FAIL_INPUT, "its data run past the end of the log");
	*ret = event;
	*log = from;
	return 0;
}

bool tcg_event_digest(const struct tcg_event *event, const struct tcg_header *h, uint16_t alg,
		      struct span *ret)
{
	for (uint32_t i = 0; i < event->digest_count; i++)
		if (event->algs[i] == alg) {
			*ret = span(event->digests[i], size_of(h, alg));
			return true;
		}
	return false;
}
