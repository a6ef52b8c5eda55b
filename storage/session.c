#include "storage/session.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

uint64_t session_of(uint64_t anchor)
{
	return anchor ? anchor + 1 : 0;
}

/* What to do is another thing for each: the text goes through three programs to the owner. */
static int refuse(uint64_t session, uint64_t anchor, struct err *e)
{
	if (!session)
		return FAIL(e, FAIL_DENIED,
			    "volume-stale: session 0, anchor %" PRIu64
			    ": it was made without one; copy its data to a volume made with it",
			    anchor);
	if (session < anchor)
		return FAIL(e, FAIL_DENIED,
			    "volume-stale: session %" PRIu64 ", anchor %" PRIu64
			    ": an old copy of the disk; attach the newest",
			    session, anchor);
	return FAIL(e, FAIL_DENIED,
		    "volume-stale: session %" PRIu64 ", anchor %" PRIu64
		    ": the anchor is another one, or was put back",
		    session, anchor);
}

/* Two anchors may be at the same number, and a host may have more than one. */
static bool is_anothers(const struct seal *seal, const struct session_anchor *anchor)
{
	return seal->session && memcmp(seal->anchor_id, anchor->id, sizeof(anchor->id)) != 0;
}

int session_begin(const struct head_sink *sink, uint8_t *head, const struct seal_with *with,
		  const struct session_anchor *anchor, struct seal *seal, struct err *e)
{
	if (!anchor->value)
		return 0;
	if (is_anothers(seal, anchor))
		return FAIL(e, FAIL_DENIED,
			    "volume-stale: session %" PRIu64
			    " is counted elsewhere: another TPM, or one that was cleared",
			    seal->session);
	if (seal->session == session_of(anchor->value))
		return 0;
	/* Adopting a volume without a session would let each of its old copies pass once. */
	if (seal->session != anchor->value)
		return refuse(seal->session, anchor->value, e);
	return head_reseal(sink, head, with, session_of(anchor->value), seal, e);
}
