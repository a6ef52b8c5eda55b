#include "api/routes.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define HINT_JSON	    "send Content-Type: application/json"
#define HINT_BOTH	    "send Content-Type: application/json, or application/octet-stream for raw bytes"
#define EVIDENCE_BODY_BYTES 4096 /* a nonce of 64 bytes, generously laid out */
#define EVENT_BODY_BYTES    8192 /* 640 bytes of text, every one escaped     */

static const struct route routes[] = {
	{ "/v1/status", HTTP_GET, 0, 0, false, "", route_status },
	{ "/v1/volumes", HTTP_GET, 0, 0, false, "", route_volumes },
	{ "/v1/attestation/evidence", HTTP_POST, FORM_JSON, EVIDENCE_BODY_BYTES, false, HINT_JSON,
	  route_evidence },
	{ "/v1/attestation/events", HTTP_POST, FORM_JSON, EVENT_BODY_BYTES, false, HINT_JSON,
	  route_event },
	{ "/v1/attestation/eventlog", HTTP_GET, 0, 0, false, "", route_eventlog },
	{ "/v1/policy", HTTP_GET, 0, 0, false, "", route_policy },
	{ "/v1/seal", HTTP_POST, FORM_JSON | FORM_RAW, LIMIT_API_BODY_BYTES, true, HINT_BOTH,
	  route_seal },
	{ "/v1/unseal", HTTP_POST, FORM_JSON | FORM_RAW, LIMIT_API_BODY_BYTES, true, HINT_BOTH,
	  route_unseal },
	{ "/v1/secrets/", HTTP_GET, 0, 0, false, "", route_secret },
};

static bool is_of(const struct route *route, struct span path)
{
	size_t len = strlen(route->path);

	if (route->path[len - 1] != '/')
		return span_is_equal(path, span_text(route->path));
	return path.len > len && !memcmp(path.at, route->path, len);
}

const struct route *route_with_path(struct span path)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		if (is_of(&routes[i], path))
			return &routes[i];
	return NULL;
}

const struct route *route_with_method(const struct route *first, enum http_method method)
{
	for (const struct route *r = first; r < routes + COUNT_OF(routes); r++)
		if (!strcmp(r->path, first->path) && r->method == method)
			return r;
	return NULL;
}
