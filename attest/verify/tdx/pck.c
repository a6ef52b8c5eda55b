#include "attest/verify/tdx/pck.h"

#include <string.h>

#include "attest/verify/bytes.h"
#include "attest/verify/x509/der.h"
#include "base/mem.h"

#define TAG_BOOLEAN    0x01
#define TAG_INTEGER    0x02
#define TAG_OCTETS     0x04
#define TAG_OID	       0x06
#define TAG_ENUMERATED 0x0a
#define TAG_SEQUENCE   0x30

#define COMPONENTS   16
#define ARC_TCB	     2
#define ARC_PCESVN   17
#define ARC_CPUSVN   18
#define ARC_SETTINGS 7

/* 1.2.840.113741.1.13.1; a member has one more arc, a member of a member two. */
static const uint8_t oid_extension[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };

enum want { WANT_OCTETS, WANT_U8, WANT_U16, WANT_ENUM, WANT_BOOL, WANT_MEMBERS };

/* One {OID, value} that may stand in a list. */
struct member {
	uint8_t arc;
	enum want want;
	bool is_optional;
	size_t len;    /* of octets                                     */
	void *ret;     /* as `want` says; NULL: read and forgotten      */
	bool *ret_has; /* may be NULL                                   */
};

struct list {
	const char *name;
	uint8_t arc; /* between the extension's OID and the members'; 0: none */
	bool is_open;
	const struct member *at;
	size_t count;
};

/* Cuts one value with that tag off. Its content's length has been found sound by der_check(), and
 * is bounded here again. */
static bool take_value(struct span *rest, uint8_t tag, struct span *ret)
{
	struct span head, more = SPAN_EMPTY;
	size_t len;

	if (!bytes_take(rest, 2, &head) || head.at[0] != tag)
		return false;
	len = head.at[1];
	if (len & 0x80) {
		if ((len & 0x7f) > 2 || !bytes_take(rest, len & 0x7f, &more))
			return false;
		len = 0;
		for (size_t i = 0; i < more.len; i++)
			len = len << 8 | more.at[i];
	}
	return bytes_take(rest, len, ret);
}

static bool read_number(struct span content, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!content.len || content.len > 4 || content.at[0] & 0x80)
		return false;
	for (size_t i = 0; i < content.len; i++)
		value = value << 8 | content.at[i];
	*ret = value;
	return value <= max;
}

static uint8_t tag_of(enum want want)
{
	switch (want) {
	case WANT_OCTETS:
		return TAG_OCTETS;
	case WANT_U8:
	case WANT_U16:
		return TAG_INTEGER;
	case WANT_ENUM:
		return TAG_ENUMERATED;
	case WANT_BOOL:
		return TAG_BOOLEAN;
	case WANT_MEMBERS:
		return TAG_SEQUENCE;
	}
	return 0;
}

static bool keep_value(const struct member *m, struct span content)
{
	uint64_t number = 0;

	switch (m->want) {
	case WANT_OCTETS:
		if (content.len != m->len)
			return false;
		if (m->ret)
			memcpy(m->ret, content.at, content.len);
		return true;
	case WANT_U8:
	case WANT_ENUM:
		if (!read_number(content, UINT8_MAX, &number))
			return false;
		*(uint8_t *)m->ret = (uint8_t)number;
		return true;
	case WANT_U16:
		if (!read_number(content, UINT16_MAX, &number))
			return false;
		*(uint16_t *)m->ret = (uint16_t)number;
		return true;
	case WANT_BOOL:
		if (content.len != 1)
			return false;
		*(bool *)m->ret = content.at[0] != 0;
		return true;
	case WANT_MEMBERS:
		*(struct span *)m->ret = content;
		return true;
	}
	return false;
}

/* The last arc of a member's OID, 0 to 127; -1 when it is none of this list. */
static int arc_of(struct span oid, const struct list *l)
{
	size_t len = sizeof(oid_extension) + (l->arc ? 1 : 0);

	if (oid.len != len + 1 || memcmp(oid.at, oid_extension, sizeof(oid_extension)) != 0 ||
	    (l->arc && oid.at[len - 1] != l->arc) || oid.at[len] & 0x80)
		return -1;
	return oid.at[len];
}

static const struct member *find_member(const struct list *l, int arc)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->at[i].arc == arc)
			return &l->at[i];
	return NULL;
}

static int read_member(struct span pair, const struct list *l, bool seen[static 128], struct err *e)
{
	const struct member *m;
	struct span oid, content;
	int arc;

	if (!take_value(&pair, TAG_OID, &oid))
		return FAIL(e, FAIL_INPUT, "%s: a member without OID", l->name);
	arc = arc_of(oid, l);
	if (arc < 0)
		return FAIL(e, FAIL_INPUT, "%s: an OID that is not Intel's", l->name);
	if (seen[arc])
		return FAIL(e, FAIL_INPUT, "%s: member .%d twice", l->name, arc);
	seen[arc] = true;
	m = find_member(l, arc);
	if (!m && l->is_open)
		return 0;
	if (!m || !take_value(&pair, tag_of(m->want), &content) || pair.len ||
	    !keep_value(m, content))
		return FAIL(e, FAIL_INPUT, "%s: member .%d is not what it must be", l->name, arc);
	if (m->ret_has)
		*m->ret_has = true;
	return 0;
}

static int read_members(struct span rest, const struct list *l, struct err *e)
{
	bool seen[128] = { false };
	struct span pair;
	int failed;

	while (rest.len) {
		if (!take_value(&rest, TAG_SEQUENCE, &pair))
			return FAIL(e, FAIL_INPUT, "%s: not a list of members", l->name);
		failed = read_member(pair, l, seen, e);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < l->count; i++)
		if (!l->at[i].is_optional && !seen[l->at[i].arc])
			return FAIL(e, FAIL_INPUT, "%s: no member .%u", l->name, l->at[i].arc);
	return 0;
}

static int read_tcb(struct span members, struct pck *p, struct err *e)
{
	struct member rows[COMPONENTS + 2];
	const struct list list = { "PCK TCB", ARC_TCB, false, rows, COUNT_OF(rows) };

	for (size_t i = 0; i < COMPONENTS; i++)
		rows[i] = (struct member){ .arc = (uint8_t)(i + 1),
					   .want = WANT_U8,
					   .ret = &p->components[i] };
	rows[COMPONENTS] =
		(struct member){ .arc = ARC_PCESVN, .want = WANT_U16, .ret = &p->pcesvn };
	rows[COMPONENTS + 1] = (struct member){
		.arc = ARC_CPUSVN, .want = WANT_OCTETS, .len = sizeof(p->cpusvn), .ret = p->cpusvn
	};
	return read_members(members, &list, e);
}

static int read_settings(struct span members, struct pck *p, struct err *e)
{
	const struct member rows[] = {
		{ 1, WANT_BOOL, true, 0, &p->is_dynamic, &p->has_dynamic },
		{ 2, WANT_BOOL, true, 0, &p->is_cached, &p->has_cached },
		{ 3, WANT_BOOL, true, 0, &p->is_smt, &p->has_smt },
	};
	const struct list list = { "PCK configuration", ARC_SETTINGS, true, rows, COUNT_OF(rows) };

	return read_members(members, &list, e);
}

int pck_parse(struct span extension, struct pck *ret, struct err *e)
{
	struct pck p = { 0 };
	struct span rest = extension, members, tcb = SPAN_EMPTY, settings = SPAN_EMPTY;
	const struct member rows[] = {
		{ 1, WANT_OCTETS, false, 16, NULL, NULL },
		{ ARC_TCB, WANT_MEMBERS, false, 0, &tcb, NULL },
		{ 3, WANT_OCTETS, false, sizeof(p.pceid), p.pceid, NULL },
		{ 4, WANT_OCTETS, false, sizeof(p.fmspc), p.fmspc, NULL },
		{ 5, WANT_ENUM, false, 0, &p.sgx_type, NULL },
		{ 6, WANT_OCTETS, true, sizeof(p.instance), p.instance, &p.has_instance },
		{ ARC_SETTINGS, WANT_MEMBERS, true, 0, &settings, NULL },
	};
	const struct list list = { "PCK extension", 0, true, rows, COUNT_OF(rows) };
	int failed = der_check(extension, e);

	if (failed)
		return err_add(e, "PCK extension");
	if (!take_value(&rest, TAG_SEQUENCE, &members) || rest.len)
		return FAIL(e, FAIL_INPUT, "PCK extension: not one sequence");
	failed = read_members(members, &list, e);
	if (!failed)
		failed = read_tcb(tcb, &p, e);
	if (!failed)
		failed = read_settings(settings, &p, e);
	if (!failed)
		*ret = p;
	return failed;
}
