/* The answer parser of sealctl: the first byte says in which steps the rest arrives, and steps must
 * make no difference. */
#include <stdlib.h>
#include <string.h>

#include "api/ctl/response.h"

#define BODY_LIMIT (64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	struct response r;
	struct buf body;
	int rc;
};

static void read_in_steps(struct span in, size_t step, struct result *o)
{
	struct span piece;
	size_t used, n;

	response_init(&o->r, BODY_LIMIT);
	o->rc = 0;
	while (in.len > 0 && o->rc == 0) {
		n = in.len < step ? in.len : step;
		o->rc = response_feed(&o->r, span(in.at, n), &used, &piece, NULL);
		if (o->rc < 0)
			break;
		if (used > n || piece.len > used ||
		    buf_append(&o->body, piece, BODY_LIMIT, NULL) < 0)
			abort();
		in = span(in.at + used, in.len - used);
	}
	if (o->rc == 0)
		o->rc = response_end(&o->r, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole = { .body = BUF_EMPTY }, steps = { .body = BUF_EMPTY };
	struct span in;

	if (size < 1)
		return 0;
	in = span(data + 1, size - 1);
	read_in_steps(in, SIZE_MAX, &whole);
	read_in_steps(in, (size_t)data[0] + 1, &steps);

	/* What was refused may have handed out more or less before; what was taken is the same. */
	if (whole.rc != steps.rc)
		abort();
	if (whole.rc == 0 &&
	    (!span_is_equal(buf_view(&whole.body), buf_view(&steps.body)) ||
	     whole.r.status != steps.r.status || strcmp(whole.r.type, steps.r.type) != 0 ||
	     strcmp(whole.r.problem, steps.r.problem) != 0))
		abort();
	if (strlen(whole.r.type) >= sizeof(whole.r.type) ||
	    strlen(whole.r.problem) >= sizeof(whole.r.problem))
		abort();
	buf_done(&whole.body);
	buf_done(&steps.body);
	return 0;
}
