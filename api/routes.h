/* The table of routes; each group has a file of its own. */
#pragma once

#include "api/exchange.h"

struct route {
	const char *path; /* ends in '/': whatever follows is the route's to read */
	enum http_method method;
	unsigned int body_forms; /* enum form, a set                      */
	size_t body_limit;	 /* 0: takes no body                      */
	bool has_query;
	const char *body_hint; /* for whoever sends another Content-Type */
	void (*run)(struct exchange *x);
};

/* The first route of a path, or NULL; that route or one of the same path with the method, or NULL.
 */
const struct route *route_with_path(struct span path);
const struct route *route_with_method(const struct route *first, enum http_method method);

/* route_status.c */
void route_status(struct exchange *x);
void route_volumes(struct exchange *x);

/* route_attest.c */
void route_evidence(struct exchange *x);
void route_event(struct exchange *x);
void route_eventlog(struct exchange *x);
void route_policy(struct exchange *x);
void route_secret(struct exchange *x);

/* route_seal.c */
void route_seal(struct exchange *x);
void route_unseal(struct exchange *x);
