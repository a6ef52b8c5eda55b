#include "attest/net/net.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "attest/net/addr.h"
#include "attest/net/link.h"
#include "attest/net/nl.h"
#include "attest/net/route.h"
#include "base/clock.h"

#define EVENTS                                                                       \
	(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | \
	 RTMGRP_IPV6_ROUTE)

/* Events only say that it is worth looking again; what counts is what the kernel lists then. */
struct waiter {
	struct nl events;
	struct nl requests;
	const struct config_net *net;
	uint64_t deadline_ms;
	struct link link;
};

static void waiter_done(struct waiter *w)
{
	nl_close(&w->events);
	nl_close(&w->requests);
}

/* Looks until `is_there` says 0, or something else than "not yet". */
static int wait_for(struct waiter *w, int (*is_there)(struct waiter *, struct err *), struct err *e)
{
	struct err missing = { 0 };
	int failed;

	while (is_there(w, &missing) < 0) {
		failed = missing.kind == FAIL_AGAIN ? nl_wait(&w->events, w->deadline_ms, e) : 0;
		if (failed && failed != -(int)FAIL_AGAIN)
			return failed;
		if (failed || missing.kind != FAIL_AGAIN)
			return err_set(e, missing.kind, missing.sys, missing.where, "%s",
				       missing.text);
	}
	return 0;
}

static int is_found(struct waiter *w, struct err *e)
{
	return link_find(&w->requests, w->net->interface, w->deadline_ms, &w->link, e);
}

static int is_carrying(struct waiter *w, struct err *e)
{
	int failed = is_found(w, e);

	if (failed)
		return failed;
	return w->link.has_carrier ? 0 : FAIL(e, FAIL_AGAIN, "%s has no carrier", w->link.name);
}

static int is_configured(struct waiter *w, struct err *e)
{
	unsigned int index;
	int failed = addr_find_global(&w->requests, w->deadline_ms, &index, e);

	if (failed)
		return failed;
	if (!if_indextoname(index, w->link.name))
		return FAIL(e, FAIL_AGAIN, "interface %u is gone", index);
	return route_find_default(&w->requests, w->deadline_ms, e);
}

static int set_up(struct waiter *w, struct err *e)
{
	const struct config_net *net = w->net;
	int failed = wait_for(w, is_found, e);

	if (failed)
		return failed;
	failed = link_up(&w->requests, w->link.index, w->deadline_ms, e);
	if (!failed)
		failed = wait_for(w, is_carrying, e);
	if (!failed)
		failed = addr_set(&w->requests, w->link.index, net->address, net->prefix,
				  w->deadline_ms, e);
	if (!failed && net->has_gateway)
		failed = route_set_default(&w->requests, w->link.index, net->gateway,
					   w->deadline_ms, e);
	return failed ? err_add(e, "%s", w->link.name) : 0;
}

static void describe(const struct waiter *w, char *ret, size_t size)
{
	char address[INET_ADDRSTRLEN];

	if (w->net->is_given && inet_ntop(AF_INET, &w->net->address, address, sizeof(address)))
		(void)snprintf(ret, size, "%s %s/%u", w->link.name, address, w->net->prefix);
	else
		(void)snprintf(ret, size, "%s, as the runtime set it up", w->link.name);
}

int net_up(const struct config_net *net, uint64_t deadline_ms, char *ret_text, size_t size,
	   struct err *e)
{
	__attribute__((cleanup(waiter_done))) struct waiter w = {
		.net = net,
		.deadline_ms = deadline_ms,
	};
	int failed = nl_open(&w.events, EVENTS, e);

	if (!failed)
		failed = nl_open(&w.requests, 0, e);
	if (!failed)
		failed = net->is_given ? set_up(&w, e) : wait_for(&w, is_configured, e);
	if (failed)
		return failed;
	describe(&w, ret_text, size);
	return 0;
}
