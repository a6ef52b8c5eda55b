#include "api/render.h"
#include "api/routes.h"

static const struct status *status_of(struct exchange *x)
{
	return x->services->status(x->services->arg);
}

void route_status(struct exchange *x)
{
	enum form form = form_choose(x->head.accept, FORM_JSON | FORM_TEXT, FORM_JSON);
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct err e = { 0 };

	if (render_status(status_of(x), form, &body, &e) < 0) {
		exchange_fail(x, &e);
		return;
	}
	reply_body(&x->reply, form, &body);
	/* Readiness as a status code: what a probe looks at. */
	if (status_state(status_of(x)) != GUEST_READY)
		x->reply.status = 503;
	x->done(x);
}

void route_volumes(struct exchange *x)
{
	enum form form = form_choose(x->head.accept, FORM_JSON | FORM_TEXT, FORM_JSON);
	AUTO_BUF struct buf body = BUF_EMPTY;
	struct err e = { 0 };

	if (render_volumes(status_of(x), form, &body, &e) < 0)
		exchange_fail(x, &e);
	else
		exchange_answer(x, form, &body);
}
