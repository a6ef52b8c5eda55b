#include "init/restart.h"

bool restart_is_allowed(struct restarts *r, uint64_t now_ms)
{
	uint64_t *oldest = &r->at_ms[r->count % LIMIT_RESTARTS];

	if (r->count >= LIMIT_RESTARTS && now_ms - *oldest < LIMIT_RESTART_MS)
		return false;
	*oldest = now_ms;
	r->count++;
	return true;
}
