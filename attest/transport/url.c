#include "attest/transport/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LABEL_CHARS 63 /* RFC 1035, 2.3.4 */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool takes(const char **at, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(*at, prefix, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Names as the host field of a certificate has them; `_` is in use in clusters. */
static bool is_name(const char *host)
{
	const char *label = host, *c;

	for (c = host;; c++) {
		if (*c && *c != '.') {
			if (!is_alnum(*c) && *c != '-' && *c != '_')
				return false;
			continue;
		}
		if (c == label || c - label > LABEL_CHARS || *label == '-' || c[-1] == '-')
			return false;
		if (!*c)
			break;
		label = c + 1;
	}
	/* Some resolvers take "10.1" and "0x7f.1" for addresses; no top-level name starts so. */
	return !is_digit(*label);
}

static int read_host(const char **at, struct url *u, struct err *e)
{
	bool bracket = **at == '[';
	const char *start = *at + bracket;
	size_t len = strcspn(start, bracket ? "]" : ":/?#@");
	struct in6_addr address;

	if (!len || len >= sizeof(u->host))
		return FAIL(e, FAIL_INPUT, "url: the host must have 1 to %zu characters",
			    sizeof(u->host) - 1);
	for (size_t i = 0; i < len; i++)
		u->host[i] =
			start[i] >= 'A' && start[i] <= 'Z' ? (char)(start[i] | 0x20) : start[i];
	u->host[len] = 0;
	*at = start + len;
	if (bracket && (!takes(at, "]") || inet_pton(AF_INET6, u->host, &address) != 1))
		return FAIL(e, FAIL_INPUT, "url: \"[%.48s\" is not an IPv6 address", u->host);
	u->is_literal = bracket || inet_pton(AF_INET, u->host, &address) == 1;
	if (!u->is_literal && !is_name(u->host))
		return FAIL(e, FAIL_INPUT, "url: \"%.80s\" is not a host", u->host);
	return 0;
}

static int read_port(const char **at, struct url *u, struct err *e)
{
	unsigned int port = 0;
	size_t digits = 0;

	u->port = u->tls ? 443 : 80;
	if (!takes(at, ":"))
		return 0;
	for (; is_digit(**at) && digits < 5; digits++)
		port = port * 10 + (unsigned int)(*(*at)++ - '0');
	if (!digits || !port || port > UINT16_MAX || is_digit(**at))
		return FAIL(e, FAIL_INPUT, "url: the port must be 1 to 65535");
	u->port = (uint16_t)port;
	return 0;
}

static bool is_segment(const char *at, size_t len)
{
	if (!len || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(at[i]) && !strchr("-._~", at[i]))
			return false;
	return true;
}

static int read_base(const char *at, struct url *u, struct err *e)
{
	size_t len = strlen(at);

	if (strpbrk(at, "?#@"))
		return FAIL(e, FAIL_INPUT, "url: no user, query or fragment, please");
	if (len && at[0] != '/')
		return FAIL(e, FAIL_INPUT, "url: \"%.40s\" behind the host", at);
	if (len && at[len - 1] == '/')
		len--;
	for (size_t i = 0, n; i < len; i += 1 + n) {
		n = strcspn(at + i + 1, "/");
		if (!is_segment(at + i + 1, n))
			return FAIL(e, FAIL_INPUT, "url: the path \"%.80s\" is not a plain one",
				    at);
	}
	memcpy(u->base, at, len);
	u->base[len] = 0;
	return 0;
}

static void write_authority(struct url *u)
{
	bool bracket = strchr(u->host, ':');
	char port[8] = "";

	if (u->port != (u->tls ? 443 : 80))
		(void)snprintf(port, sizeof(port), ":%u", u->port);
	(void)snprintf(u->authority, sizeof(u->authority), "%s%s%s%s", bracket ? "[" : "", u->host,
		       bracket ? "]" : "", port);
}

int url_parse(struct span text, struct url *ret, struct err *e)
{
	char copy[LIMIT_URL_BYTES];
	const char *at = copy;
	struct url u = { 0 };
	int failed;

	if (text.len >= sizeof(copy))
		return FAIL(e, FAIL_LIMIT, "url: more than %zu characters", sizeof(copy) - 1);
	if (!text.len || memchr(text.at, 0, text.len))
		return FAIL(e, FAIL_INPUT, "url: empty, or with a NUL");
	memcpy(copy, text.at, text.len);
	copy[text.len] = 0;
	u.tls = takes(&at, "https://");
	if (!u.tls && !takes(&at, "http://"))
		return FAIL(e, FAIL_INPUT, "url: must start with https:// or http://");
	if ((failed = read_host(&at, &u, e)) || (failed = read_port(&at, &u, e)) ||
	    (failed = read_base(at, &u, e)))
		return failed;
	write_authority(&u);
	*ret = u;
	return 0;
}
