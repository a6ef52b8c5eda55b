#include "storage/session.h"

#include <inttypes.h>

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

int session_begin(const struct head_sink *sink, uint8_t *head, const struct seal_with *with,
		  uint64_t anchor, struct seal *seal, struct err *e)
{
	if (!anchor || seal->session == session_of(anchor))
		return 0;
	/* Adopting a volume without a session would let each of its old copies pass once. */
	if (seal->session != anchor)
		return refuse(seal->session, anchor, e);
	return head_reseal(sink, head, with, session_of(anchor), seal, e);
}
