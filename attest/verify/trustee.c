#include "attest/verify/trustee.h"

#include <stdio.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define RVPS_VERSION "0.1.0"
#define SVN_MAX	     255

struct row;

struct translation {
	const cJSON *from; /* the whole of Trustee's object */
	cJSON *ours;
};

/* Keeps one member of theirs in ours. */
typedef int keep_row(const struct row *r, const cJSON *node, const struct translation *t,
		     struct err *e);

static keep_row keep_hex, keep_covered, keep_floor, keep_flag, keep_abi;

/* Where a name goes: ours[part][member], or ours[part][group][member]. Without a part, `member` is
 * the name of theirs that covers it. */
static const struct row {
	const char *name;
	keep_row *keep;
	const char *part, *group, *member;
	size_t len; /* of a hex value, in bytes */
} rows[] = {
	{ "snp_launch_measurement", keep_hex, "snp", NULL, "measurement", 48 },
	{ "snp_bootloader", keep_floor, "snp", "min_tcb", "bootloader", 0 },
	{ "snp_tee_svn", keep_floor, "snp", "min_tcb", "tee", 0 },
	{ "snp_snp_svn", keep_floor, "snp", "min_tcb", "snp", 0 },
	{ "snp_microcode", keep_floor, "snp", "min_tcb", "microcode", 0 },
	{ "snp_smt_enabled", keep_flag, "snp", "platform", "smt", 0 },
	{ "snp_tsme_enabled", keep_flag, "snp", "platform", "tsme", 0 },
	{ "snp_smt_allowed", keep_flag, "snp", "guest_policy", "smt", 0 },
	{ "snp_single_socket", keep_flag, "snp", "guest_policy", "single_socket", 0 },
	{ "snp_guest_abi_major", keep_abi, "snp", "guest_policy", "min_abi", 0 },
	{ "snp_guest_abi_minor", keep_abi, "snp", "guest_policy", "min_abi", 0 },
	{ "mr_td", keep_hex, "tdx", NULL, "mrtd", 48 },
	{ "rtmr_1", keep_hex, "tdx", NULL, "rtmr1", 48 },
	{ "rtmr_2", keep_hex, "tdx", NULL, "rtmr2", 48 },
	{ "xfam", keep_hex, "tdx", NULL, "xfam", 8 },
	{ "tdvfkernel", keep_covered, NULL, NULL, "rtmr_1", 48 },
	{ "tdvfkernelparams", keep_covered, NULL, NULL, "rtmr_2", 48 },
};

static const char *const products[] = { "Milan", "Genoa", "Turin" };

/* The object of that name, made if it is not there. */
static int get_object(cJSON *parent, const char *name, cJSON **ret, struct err *e)
{
	cJSON *child = cJSON_GetObjectItemCaseSensitive(parent, name);

	if (!child) {
		child = cJSON_CreateObject();
		if (json_add(parent, name, child, e) < 0)
			return -(int)FAIL_SYS;
	}
	*ret = child;
	return 0;
}

static int get_place(const struct row *r, const struct translation *t, cJSON **ret, struct err *e)
{
	cJSON *place = NULL;
	int failed = get_object(t->ours, r->part, &place, e);

	if (!failed && r->group)
		failed = get_object(place, r->group, &place, e);
	if (!failed)
		*ret = place;
	return failed;
}

static int keep_hex(const struct row *r, const cJSON *node, const struct translation *t,
		    struct err *e)
{
	struct refs checked = { 0 };
	cJSON *place = NULL;
	int failed = refs_hex(node, r->name, r->len, &checked, e);

	refs_done(&checked);
	if (!failed)
		failed = get_place(r, t, &place, e);
	return failed ? failed : json_add(place, r->member, cJSON_Duplicate(node, true), e);
}

/* The digest of one event, which is part of a register (`member`). Only the register is signed, and
 * one reference value for it settles all of its events; with several, this one would not say which.
 */
static int keep_covered(const struct row *r, const cJSON *node, const struct translation *t,
			struct err *e)
{
	const cJSON *whole = cJSON_GetObjectItemCaseSensitive(t->from, r->member);
	struct ref digest;

	if (!json_text(node))
		return FAIL(e, FAIL_INPUT, "%s: must be one text", r->name);
	if (hex_bytes(json_text(node), r->name, digest.at, r->len, e) < 0)
		return -(int)FAIL_INPUT;
	if (!whole || (cJSON_IsArray(whole) && cJSON_GetArraySize(whole) != 1))
		return FAIL(e, FAIL_INPUT,
			    "%s: is judged as part of \"%s\", which must have one value", r->name,
			    r->member);
	return 0;
}

static int keep_flag(const struct row *r, const cJSON *node, const struct translation *t,
		     struct err *e)
{
	cJSON *place = NULL;
	int failed;

	if (!cJSON_IsBool(node))
		return FAIL(e, FAIL_INPUT, "%s: must be true or false", r->name);
	failed = get_place(r, t, &place, e);
	return failed ? failed : json_add_bool(place, r->member, cJSON_IsTrue(node), e);
}

static int read_svn(const struct row *r, const cJSON *node, uint64_t *ret, struct err *e)
{
	if (json_u64(node, ret, NULL) < 0 || *ret > SVN_MAX)
		return FAIL(e, FAIL_INPUT, "%s: must be whole numbers up to %d", r->name, SVN_MAX);
	return 0;
}

/* The smallest of the numbers. Between it and the largest each must stand, or a floor would let
 * pass what the list does not. */
static int find_floor(const struct row *r, const cJSON *node, uint64_t *ret, struct err *e)
{
	const cJSON *i = cJSON_IsArray(node) ? node->child : node;
	bool seen[SVN_MAX + 1] = { false };
	uint64_t svn, least = SVN_MAX, most = 0;

	if (!i)
		return FAIL(e, FAIL_INPUT, "%s: an empty list matches nothing", r->name);
	for (; i; i = cJSON_IsArray(node) ? i->next : NULL) {
		if (read_svn(r, i, &svn, e) < 0)
			return -(int)FAIL_INPUT;
		seen[svn] = true;
		least = svn < least ? svn : least;
		most = svn > most ? svn : most;
	}
	for (svn = least; svn < most; svn++)
		if (!seen[svn])
			return FAIL(e, FAIL_INPUT,
				    "%s: %d is left out between others; use snp.min_tcb", r->name,
				    (int)svn);
	*ret = least;
	return 0;
}

static int keep_floor(const struct row *r, const cJSON *node, const struct translation *t,
		      struct err *e)
{
	uint64_t least = 0;
	cJSON *place = NULL, *product = NULL;
	int failed = find_floor(r, node, &least, e);

	if (!failed)
		failed = get_place(r, t, &place, e);
	for (size_t i = 0; i < COUNT_OF(products) && !failed; i++) {
		failed = get_object(place, products[i], &product, e);
		if (!failed)
			failed = json_add_u64(product, r->member, least, e);
	}
	return failed;
}

/* Two members of theirs are one text of ours: the major number's row writes it. */
static int keep_abi(const struct row *r, const cJSON *node, const struct translation *t,
		    struct err *e)
{
	const cJSON *major = cJSON_GetObjectItemCaseSensitive(t->from, "snp_guest_abi_major");
	const cJSON *minor = cJSON_GetObjectItemCaseSensitive(t->from, "snp_guest_abi_minor");
	uint64_t numbers[2] = { 0 };
	cJSON *place = NULL;
	char text[16];
	int failed;

	if (!major || !minor)
		return FAIL(e, FAIL_INPUT, "%s: its other half is missing", r->name);
	if (read_svn(r, major, &numbers[0], e) < 0 || read_svn(r, minor, &numbers[1], e) < 0)
		return -(int)FAIL_INPUT;
	if (node != major)
		return 0;
	(void)snprintf(text, sizeof(text), "%d.%d", (int)numbers[0], (int)numbers[1]);
	failed = get_place(r, t, &place, e);
	return failed ? failed : json_add_text(place, r->member, text, e);
}

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static int translate(const cJSON *from, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *ours = cJSON_CreateObject();
	const struct translation t = { from, ours };
	int failed = json_add_u64(ours, "version", 1, e);

	if (!from->child && !failed)
		return FAIL(e, FAIL_INPUT, "reference values: there is none");
	for (const cJSON *i = from->child; i && !failed; i = i->next) {
		const struct row *r = find_row(i->string);

		if (!r)
			return FAIL(e, FAIL_INPUT,
				    "reference values: \"%.48s\" is not judged here (a policy of "
				    "ours says \"version\": 1)",
				    i->string);
		failed = r->keep(r, i, &t, e);
	}
	return failed ? failed : json_print(ours, LIMIT_VERIFY_POLICY_BYTES, ret, e);
}

/* RVPS's envelope around them. */
static int open_message(const cJSON *tree, cJSON **ret, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	const cJSON *version = NULL, *type = NULL, *payload = NULL;
	const struct json_field fields[] = {
		{ "version", JSON_TEXT, true, &version },
		{ "type", JSON_TEXT, true, &type },
		{ "payload", JSON_TEXT, true, &payload },
		{ 0 },
	};

	if (json_object(tree, "message", fields, e) < 0)
		return -(int)FAIL_INPUT;
	if (strcmp(json_text(version), RVPS_VERSION) != 0 || strcmp(json_text(type), "sample") != 0)
		return FAIL(e, FAIL_INPUT, "message: must be of version %s and type sample",
			    RVPS_VERSION);
	if (b64_decode(B64_STANDARD, span_text(json_text(payload)), LIMIT_VERIFY_POLICY_BYTES,
		       &text, e) < 0 ||
	    json_parse(buf_view(&text), LIMIT_VERIFY_POLICY_BYTES, ret, e) < 0)
		return err_add(e, "message: payload");
	return 0;
}

bool trustee_is(const cJSON *tree)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(tree, "version");

	return cJSON_IsObject(tree) && (!version || cJSON_IsString(version));
}

int trustee_policy(const cJSON *tree, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *inside = NULL;
	int failed = 0;

	if (cJSON_GetObjectItemCaseSensitive(tree, "version")) {
		failed = open_message(tree, &inside, e);
		tree = inside;
	}
	if (!failed && !cJSON_IsObject(tree))
		failed = FAIL(e, FAIL_INPUT, "reference values: must be an object");
	return failed ? failed : translate(tree, ret, e);
}
