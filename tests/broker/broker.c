#include "tests/broker/broker.h"

#include <openssl/err.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "tests/broker/rcar.h"
#include "tests/broker/resource.h"

#define PREFIX "/kbs/v0/"

struct broker_moment broker_now(void)
{
	return (struct broker_moment){ clock_boot_ms(), clock_wall() };
}

static bool is_post(const struct broker_request *r)
{
	return broker_span_is(r->method, "POST");
}

/* What an administrator of a real KBS may do; here files are edited instead. */
static bool is_admin_route(const struct broker_request *r, struct span plugin)
{
	return broker_span_is(plugin, "reference-value") ||
	       broker_span_is(plugin, "resource-policy") ||
	       (is_post(r) && (broker_span_is(plugin, "attestation-policy") ||
			       broker_span_is(plugin, "resource")));
}

static int refuse_admin(const struct broker_request *r, struct broker_answer *ret, struct err *e)
{
	struct err text = { 0 };
	int len = r->path.len > 64 ? 64 : (int)r->path.len;

	/* err_set leaves printable ASCII, which is valid JSON text whatever came in. */
	(void)FAIL(&text, FAIL_DENIED,
		   "admin access denied for endpoint %.*s: this broker has no administrator", len,
		   (const char *)r->path.at);
	log_info("request: REFUSED: %s; edit the files that it serves instead", text.text);
	return broker_answer_variant(BROKER_ADMIN_AUTH_ACCESS, text.text, ret, e);
}

static int refuse_plugin(struct span plugin, struct broker_answer *ret, struct err *e)
{
	struct err text = { 0 };
	int len = plugin.len > 64 ? 64 : (int)plugin.len;

	(void)FAIL(&text, FAIL_INPUT, "Plugin %.*s not found", len, (const char *)plugin.at);
	log_info("request: REFUSED: %s", text.text);
	return broker_answer_variant(BROKER_PLUGIN_NOT_FOUND, text.text, ret, e);
}

static int dispatch_kbs(struct broker *b, const struct broker_request *r, struct span path,
			struct broker_answer *ret, struct err *e)
{
	const uint8_t *slash = path.len ? memchr(path.at, '/', path.len) : NULL;
	struct span plugin = span(path.at, slash ? (size_t)(slash - path.at) : path.len);
	struct span rest = slash ? span(slash + 1, path.len - plugin.len - 1) : SPAN_EMPTY;

	if (!is_post(r) && !broker_span_is(r->method, "GET"))
		return broker_answer_plain(405, "", ret, e);
	if (!broker_query_is_sane(r->query))
		return broker_answer_plain(400, "malformed query string", ret, e);
	if (is_post(r) && broker_span_is(plugin, "auth"))
		return broker_rcar_auth(b, r, ret, e);
	if (is_post(r) && broker_span_is(plugin, "attest"))
		return broker_rcar_attest(b, r, ret, e);
	if (is_admin_route(r, plugin))
		return refuse_admin(r, ret, e);
	if (broker_span_is(plugin, "resource"))
		return broker_resource_get(b, r, rest, ret, e);
	return refuse_plugin(plugin, ret, e);
}

/* What a guest meets while the proxy in front of a KBS has nothing behind it. */
static int unavailable(struct broker_answer *ret, struct err *e)
{
	int failed = broker_answer_plain(503,
					 "<html><head><title>503 Service Unavailable</title></head>"
					 "<body><h1>503 Service Unavailable</h1></body></html>\n",
					 ret, e);

	ret->type = "text/html";
	log_info("request: 503, as --unavailable-seconds says");
	return failed;
}

static int dispatch(struct broker *b, const struct broker_request *r, struct broker_answer *ret,
		    struct err *e)
{
	static const size_t prefix = sizeof(PREFIX) - 1;

	if (b->now().boot_ms < b->unavailable_until)
		return unavailable(ret, e);
	if (r->path.len >= prefix && !memcmp(r->path.at, PREFIX, prefix))
		return dispatch_kbs(b, r, span(r->path.at + prefix, r->path.len - prefix), ret, e);
	if (broker_span_is(r->path, "/healthz") && broker_span_is(r->method, "GET"))
		return broker_answer_plain(200, "", ret, e);
	return broker_answer_plain(404, "", ret, e);
}

void broker_respond(struct broker *b, const struct broker_request *r, struct broker_answer *ret)
{
	struct broker_answer a = { 0 };
	struct err e = { 0 };

	if (dispatch(b, r, &a, &e) < 0) {
		log_err(LOG_LEVEL_WARNING, "request", &e);
		broker_answer_done(&a);
		a = (struct broker_answer){ .status = 500 };
	}
	b->counts.refused += a.status == 401;
	*ret = a;
	/* TLS reads the same queue and would take what is left here for its own. */
	ERR_clear_error();
}
