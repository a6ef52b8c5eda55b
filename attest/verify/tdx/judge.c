#include "attest/verify/tdx/judge.h"

#include "attest/verify/refs.h"
#include "base/digest.h"

#define VALUE_MAX 64

struct compared judge_measured(const struct context *c, size_t part, const struct measured *rows,
			       size_t count, enum reason mismatch)
{
	cJSON *unjudged = verdict_array(c->verdict, verdict_claims(c->verdict, part), "unjudged");
	struct compared ret = { 0 };
	char hex[2 * VALUE_MAX + 1];

	for (size_t i = 0; i < count; i++) {
		switch (refs_ask(rows[i].refs, rows[i].value)) {
		case REFS_UNSET:
			verdict_text(c->verdict, unjudged, NULL, rows[i].name);
			break;
		case REFS_MATCH:
			ret.matched |= 1u << i;
			break;
		case REFS_MISMATCH:
			ret.mismatches++;
			digest_hex(rows[i].value, hex);
			verdict_say(c->verdict, part, mismatch, "%s is %s", rows[i].name, hex);
			break;
		}
	}
	return ret;
}
