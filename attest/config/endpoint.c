#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

struct members {
	const cJSON *url, *roots, *server_name, *insecure, *deadline;
};

static int read_members(const cJSON *node, struct members *ret, struct err *e)
{
	const struct json_field fields[] = {
		{ "url", JSON_TEXT, true, &ret->url },
		{ "roots", JSON_TEXT, false, &ret->roots },
		{ "server_name", JSON_TEXT, false, &ret->server_name },
		{ "insecure", JSON_BOOL, false, &ret->insecure },
		{ "deadline_ms", JSON_U64, false, &ret->deadline },
		{ 0 },
	};

	return json_object(node, "broker", fields, e);
}

static int read_url(const cJSON *node, struct config_broker *b, bool *ret_tls, struct err *e)
{
	int failed = field_text(node, "broker.url", b->url, sizeof(b->url), e);
	const char *host;
	bool tls;

	if (failed)
		return failed;
	tls = !strncmp(b->url, "https://", 8);
	if (!tls && strncmp(b->url, "http://", 7) != 0)
		return FAIL(e, FAIL_INPUT, "broker.url: must begin with https:// (or http://)");
	host = b->url + (tls ? 8 : 7);
	if (!*host || strchr("/:", *host))
		return FAIL(e, FAIL_INPUT, "broker.url: has no host");
	if (strpbrk(host, " @?#\\\"<>"))
		return FAIL(e, FAIL_INPUT, "broker.url: no user, query, fragment or spaces here");
	*ret_tls = tls;
	return 0;
}

/* Which peers are trusted is the one thing here that must not be left to a default. */
static int check_trust(const struct config_broker *b, bool tls, struct err *e)
{
	if (tls && !b->roots.len)
		return FAIL(e, FAIL_INPUT,
			    "broker: https needs \"roots\", the PEM certificates to trust");
	if (tls && b->insecure)
		return FAIL(e, FAIL_INPUT, "broker: \"insecure\" has no meaning with https");
	if (!tls && !b->insecure)
		return FAIL(e, FAIL_INPUT, "broker: http needs \"insecure\": true");
	return 0;
}

static int read_roots(const cJSON *node, struct config_broker *b, struct err *e)
{
	const char *text = json_text(node);
	int failed;

	if (!text)
		return 0;
	failed = buf_append(&b->roots, span_text(text), LIMIT_ROOTS_BYTES, e);
	if (failed)
		return err_add(e, "broker.roots");
	if (!strstr(text, "-----BEGIN CERTIFICATE-----"))
		return FAIL(e, FAIL_INPUT, "broker.roots: no PEM certificate in it");
	return 0;
}

static int read_server_name(const cJSON *node, struct config_broker *b, struct err *e)
{
	int failed = node ? field_text(node, "broker.server_name", b->server_name,
				       sizeof(b->server_name), e)
			  : 0;

	if (!failed && strspn(b->server_name, HOST_CHARS) != strlen(b->server_name))
		return FAIL(e, FAIL_INPUT, "broker.server_name: not a host name");
	return failed;
}

int config_read_broker(const cJSON *node, struct config_broker *ret, struct err *e)
{
	struct members m = { 0 };
	bool tls = false;
	int failed;

	ret->deadline_ms = DEFAULT_BROKER_MS;
	if (!node)
		return 0;
	failed = read_members(node, &m, e);
	if (!failed)
		failed = read_url(m.url, ret, &tls, e);
	if (!failed)
		failed = read_roots(m.roots, ret, e);
	if (!failed)
		failed = read_server_name(m.server_name, ret, e);
	if (!failed)
		failed = field_number(m.deadline, "broker.deadline_ms", 1, MAX_DEADLINE_MS,
				      DEFAULT_BROKER_MS, &ret->deadline_ms, e);
	if (failed)
		return failed;
	ret->insecure = cJSON_IsTrue(m.insecure);
	ret->is_given = true;
	return check_trust(ret, tls, e);
}
