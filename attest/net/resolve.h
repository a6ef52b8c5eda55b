/*
 * Names to addresses, by asking nameservers over UDP. No cache, no search domains, no /etc/hosts.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

struct nameservers {
	char at[LIMIT_NAMESERVERS][INET6_ADDRSTRLEN];
	size_t count;
};

struct resolver {
	struct nameservers given; /* by the configuration; when empty: from the first of ... */
	const char *const *files; /* ... these that names one; ended by NULL                */
	uint16_t port;		  /* 53, but for tests                                      */
};

/* Where a Kata guest and an image keep them: the agent's file first. */
extern const char *const resolve_files[];

/*
 * The first IPv4 address of `host`, else its first IPv6 address; a literal of either kind is taken
 * as it is. The port in *ret is 0. Nameservers are asked in turn until `deadline_ms`.
 *
 * -FAIL_AGAIN   nobody answered, or none knows its job, or no nameserver is known yet
 * -FAIL_DENIED  the name does not exist, or has no address
 * -FAIL_INPUT   not a host name;  -FAIL_LIMIT  truncated, too many aliases;  -FAIL_SYS
 */
int resolve_host(const struct resolver *r, const char *host, uint64_t deadline_ms,
		 struct sockaddr_storage *ret, socklen_t *ret_len, struct err *e);

/* "nameserver ADDRESS" lines; other lines, zones ("%eth0") and those beyond LIMIT_NAMESERVERS are
 * passed over. */
void resolve_read_conf(struct span text, struct nameservers *ret);
