#include "attest/verify/gpu/policy.h"

#include <stdio.h>
#include <string.h>

#include "attest/verify/gpu/version.h"
#include "base/json.h"
#include "base/limits.h"

#define WHERE "policy: gpu"

void gpu_policy_done(struct gpu_policy *p)
{
	refs_done(&p->arch);
	refs_done(&p->pdi);
	refs_done(&p->rim_sha256);
	*p = (struct gpu_policy){ 0 };
}

/* As many choices as the member has; the first is the default. */
static int read_choice(const cJSON *node, const char *const names[], size_t count,
		       const char *where, size_t *ret, struct err *e)
{
	const char *text = node ? json_text(node) : names[0];

	for (size_t i = 0; i < count; i++)
		if (!strcmp(text, names[i])) {
			*ret = i;
			return 0;
		}
	return FAIL(e, FAIL_INPUT, WHERE ": %s: \"%.24s\" is none of its words", where, text);
}

static int read_version(const cJSON *node, int base, const char *where,
			char ret[static GPU_VERSION_BYTES], struct err *e)
{
	const char *text = node ? json_text(node) : "";

	if (node && (strlen(text) >= GPU_VERSION_BYTES || !version_is_valid(text, base)))
		return FAIL(e, FAIL_INPUT, WHERE ": %s: \"%.40s\" is not a version", where, text);
	(void)snprintf(ret, GPU_VERSION_BYTES, "%s", text);
	return 0;
}

static int read_count(const cJSON *node, const char *where, bool *ret_has, uint64_t *ret,
		      struct err *e)
{
	if (!node)
		return 0;
	if (json_u64(node, ret, e))
		return err_add(e, WHERE ": %s", where);
	if (*ret > LIMIT_VERIFY_PARTS)
		return FAIL(e, FAIL_INPUT, WHERE ": %s: more than %d devices", where,
			    LIMIT_VERIFY_PARTS);
	*ret_has = true;
	return 0;
}

static int read_arch(const cJSON *node, struct refs *ret, struct err *e)
{
	static const char *const known[] = { "HOPPER", "BLACKWELL", "LS10" };
	int failed = refs_words(node, WHERE ": arch", ret, e);

	for (size_t i = 0; i < ret->count && !failed; i++) {
		bool found = false;

		for (size_t k = 0; k < 3; k++)
			found |= span_is_equal(span(ret->at[i].at, ret->at[i].len),
					       span_text(known[k]));
		if (!found)
			failed = FAIL(e, FAIL_INPUT, WHERE ": arch: a word that names no device");
	}
	return failed;
}

struct members {
	const cJSON *count, *switches, *arch, *pdi, *driver, *vbios, *switch_bios, *mode,
		*revocation, *driver_rim, *old_format, *expired, *rim;
};

static int read_members(const cJSON *node, struct members *m, struct err *e)
{
	const struct json_field fields[] = {
		{ "count", JSON_U64, false, &m->count },
		{ "switches", JSON_U64, false, &m->switches },
		{ "arch", JSON_ANY, false, &m->arch },
		{ "pdi", JSON_ANY, false, &m->pdi },
		{ "min_driver", JSON_TEXT, false, &m->driver },
		{ "min_vbios", JSON_TEXT, false, &m->vbios },
		{ "min_switch_bios", JSON_TEXT, false, &m->switch_bios },
		{ "mode", JSON_TEXT, false, &m->mode },
		{ "revocation", JSON_TEXT, false, &m->revocation },
		{ "driver_rim", JSON_TEXT, false, &m->driver_rim },
		{ "allow_old_format", JSON_BOOL, false, &m->old_format },
		{ "rim_expired_signer", JSON_BOOL, false, &m->expired },
		{ "rim_sha256", JSON_ANY, false, &m->rim },
		{ 0 },
	};

	return json_object(node, WHERE, fields, e);
}

static int read_words(const struct members *m, struct gpu_policy *p, struct err *e)
{
	static const char *const modes[] = { "any", "single", "ppcie" };
	static const char *const wants[] = { "require", "if-present" };
	size_t mode = 0, revocation = 0, driver_rim = 0;
	int failed = read_choice(m->mode, modes, 3, "mode", &mode, e);

	if (!failed)
		failed = read_choice(m->revocation, wants, 2, "revocation", &revocation, e);
	if (!failed)
		failed = read_choice(m->driver_rim, wants, 2, "driver_rim", &driver_rim, e);
	if (failed)
		return failed;
	p->mode = (enum gpu_mode)mode;
	p->revocation_if_present = revocation;
	p->driver_rim_if_present = driver_rim;
	p->allow_old_format = cJSON_IsTrue(m->old_format);
	p->rim_expired_signer = cJSON_IsTrue(m->expired);
	return 0;
}

static int read_values(const struct members *m, struct gpu_policy *p, struct err *e)
{
	int failed = read_count(m->count, "count", &p->has_count, &p->count, e);

	if (!failed)
		failed = read_count(m->switches, "switches", &p->has_switches, &p->switches, e);
	if (!failed)
		failed = read_version(m->driver, 10, "min_driver", p->min_driver, e);
	if (!failed)
		failed = read_version(m->vbios, 16, "min_vbios", p->min_vbios, e);
	if (!failed)
		failed = read_version(m->switch_bios, 16, "min_switch_bios", p->min_switch_bios, e);
	if (!failed)
		failed = read_arch(m->arch, &p->arch, e);
	if (!failed)
		failed = refs_hex(m->pdi, WHERE ": pdi", 8, &p->pdi, e);
	if (!failed)
		failed = refs_hex(m->rim, WHERE ": rim_sha256", 32, &p->rim_sha256, e);
	return failed;
}

int gpu_policy_parse(const cJSON *node, struct gpu_policy *ret, struct err *e)
{
	struct members m = { 0 };
	struct gpu_policy p = { 0 };
	int failed = read_members(node, &m, e);

	gpu_policy_done(ret);
	if (!failed)
		failed = read_words(&m, &p, e);
	if (!failed)
		failed = read_values(&m, &p, e);
	if (failed)
		gpu_policy_done(&p);
	else
		*ret = p;
	return failed;
}
