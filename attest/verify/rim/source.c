#include "attest/verify/rim/source.h"

#include <stdio.h>
#include <string.h>

#include "base/b64.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"

#define SERVICE	   "https://rim.attestation.nvidia.com/v1/rim/"
#define ID_MAX	   64
#define FILE_MAX   96
#define SHA256_LEN 32

const char *source_kind_name(enum rim_kind kind)
{
	static const char *const names[] = { "driver", "vbios", "switch_bios" };

	return names[kind];
}

/* What may become a file's name and part of a URL. */
static bool is_id(const char *id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";
	size_t len = strlen(id);

	return len && len <= ID_MAX && strspn(id, allowed) == len;
}

int source_answer(struct span json, const char *id, struct buf *ret, struct err *e)
{
	const cJSON *is_id = NULL, *rim = NULL, *sha256 = NULL, *format = NULL;
	const struct json_field fields[] = {
		{ "id", JSON_TEXT, true, &is_id },
		{ "rim", JSON_TEXT, true, &rim },
		{ "sha256", JSON_TEXT, true, &sha256 },
		{ "rim_format", JSON_TEXT, false, &format },
		{ 0 },
	};
	AUTO_BUF struct buf xml = BUF_EMPTY;
	AUTO_JSON cJSON *answer = NULL;
	uint8_t want[SHA256_LEN];
	struct digest is;

	if (json_parse(json, LIMIT_RIM_ANSWER_BYTES, &answer, e) < 0 ||
	    json_object_open(answer, "answer", fields, e) < 0 ||
	    hex_bytes(json_text(sha256), "sha256", want, sizeof(want), e) < 0)
		return err_add(e, "RIM service");
	if (strcmp(json_text(is_id), id))
		return FAIL(e, FAIL_INPUT, "RIM service: an answer about %.64s", json_text(is_id));
	if (format && strcmp(json_text(format), "TCG"))
		return FAIL(e, FAIL_INPUT, "RIM service: of format %.32s", json_text(format));
	if (b64_decode(B64_STANDARD, span_text(json_text(rim)), LIMIT_RIM_BYTES, &xml, e) < 0 ||
	    digest_of(DIGEST_SHA256, buf_view(&xml), &is, e) < 0)
		return err_add(e, "RIM service");
	if (!digest_is_equal(span(is.at, is.len), span(want, sizeof(want))))
		return FAIL(e, FAIL_FORGED, "RIM service: the manifest is not of its sha256");
	return buf_append(ret, buf_view(&xml), LIMIT_RIM_BYTES, e);
}

/* Named as the answer of the URL, so that what is missing can be fetched as it is told. */
static void say_missing(const struct context *c, size_t part, enum rim_kind kind, const char *id)
{
	const char *name = source_kind_name(kind);
	char file[FILE_MAX], url[sizeof(SERVICE) + ID_MAX], claim[32];

	(void)snprintf(file, sizeof(file), "nvidia-rim-%s.json", id);
	(void)snprintf(url, sizeof(url), "%s%s", SERVICE, id);
	verdict_miss(c->verdict, part, file, url, "reference values (RIM)");
	if (kind == RIM_DRIVER && c->policy->gpu.driver_rim_if_present) {
		(void)snprintf(claim, sizeof(claim), "%s_rim_state", name);
		verdict_text(c->verdict, verdict_claims(c->verdict, part), claim,
			     "absent, not required");
		return;
	}
	verdict_say(c->verdict, part, RIM_MISSING, "no reference for the %s: %s is not there", name,
		    id);
}

/* 0, -FAIL_AGAIN, -FAIL_SYS; another failure is said. */
static int look(const struct context *c, size_t part, const char *id, const char *suffix,
		size_t limit, struct buf *ret, struct err *e)
{
	struct err why = { 0 };
	char file[FILE_MAX];
	int failed;

	(void)snprintf(file, sizeof(file), "nvidia-rim-%s.%s", id, suffix);
	failed = store_find(c->store, file, limit, ret, &why);
	if (failed == -(int)FAIL_SYS)
		return FAIL(e, FAIL_SYS, "%s", why.text);
	if (failed && failed != -(int)FAIL_AGAIN)
		verdict_say(c->verdict, part, RIM_FORMAT, "%s: %s", file, why.text);
	return failed;
}

int source_find(const struct context *c, size_t part, enum rim_kind kind, const char *id,
		struct buf *ret, bool *ret_found, struct err *e)
{
	AUTO_BUF struct buf json = BUF_EMPTY;
	struct err why = { 0 };
	int failed;

	*ret_found = false;
	if (!is_id(id)) {
		verdict_say(c->verdict, part, RIM_NAME, "\"%.80s\" names no manifest", id);
		return 0;
	}
	failed = look(c, part, id, "xml", LIMIT_RIM_BYTES, ret, e);
	*ret_found = !failed;
	if (failed != -(int)FAIL_AGAIN)
		return failed == -(int)FAIL_SYS ? failed : 0;
	failed = look(c, part, id, "json", LIMIT_RIM_ANSWER_BYTES, &json, e);
	if (failed == -(int)FAIL_AGAIN)
		say_missing(c, part, kind, id);
	if (failed)
		return failed == -(int)FAIL_SYS ? failed : 0;
	failed = source_answer(buf_view(&json), id, ret, &why);
	if (failed == -(int)FAIL_SYS)
		return FAIL(e, FAIL_SYS, "%s", why.text);
	if (failed)
		verdict_err(c->verdict, part, RIM_ANSWER, &why);
	*ret_found = !failed;
	return 0;
}
