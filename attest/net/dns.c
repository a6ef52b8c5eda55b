#include "attest/net/dns.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"

#define HEADER_BYTES	   12
#define FLAG_ANSWER	   0x8000
#define MASK_OPCODE	   0x7800
#define FLAG_TRUNCATED	   0x0200
#define FLAG_RECURSE	   0x0100
#define MASK_RCODE	   0x000f
#define RCODE_NO_SUCH_NAME 3
#define CLASS_IN	   1
#define TYPE_CNAME	   5
#define LABEL_MAX	   63
#define WIRE_NAME_MAX	   255 /* RFC 1035 2.3.4 */

static void put16(struct dns_query *q, uint16_t value)
{
	q->at[q->len++] = (uint8_t)(value >> 8);
	q->at[q->len++] = (uint8_t)value;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

static int put_label(struct dns_query *q, const char *at, size_t len, struct err *e)
{
	if (!len || len > LABEL_MAX || q->len + len + 2 > HEADER_BYTES + WIRE_NAME_MAX)
		return FAIL(e, FAIL_INPUT, "dns: a label is empty or the name too long");
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(at[i]))
			return FAIL(e, FAIL_INPUT, "dns: not a host name");
	q->at[q->len++] = (uint8_t)len;
	memcpy(q->at + q->len, at, len);
	q->len += len;
	return 0;
}

int dns_query(const char *host, uint16_t id, uint16_t type, struct dns_query *ret, struct err *e)
{
	struct dns_query q = { .len = 0 };
	int failed = 0;

	put16(&q, id);
	put16(&q, FLAG_RECURSE);
	put16(&q, 1); /* questions */
	put16(&q, 0);
	put16(&q, 0);
	put16(&q, 0);
	do {
		size_t len = strcspn(host, ".");

		failed = put_label(&q, host, len, e);
		host += len;
		/* A dot at the end is the root's. */
		host += *host == '.';
	} while (!failed && *host);
	if (failed)
		return failed;
	q.at[q.len++] = 0;
	put16(&q, type);
	put16(&q, CLASS_IN);
	*ret = q;
	return 0;
}

struct reader {
	struct span message;
	size_t at;
};

static bool get16(struct reader *r, uint16_t *ret)
{
	if (r->message.len - r->at < 2)
		return false;
	*ret = (uint16_t)(r->message.at[r->at] << 8 | r->message.at[r->at + 1]);
	r->at += 2;
	return true;
}

/* A name on the wire, expanded: labels with their lengths, ended by 0. */
struct name {
	size_t len;
	uint8_t at[WIRE_NAME_MAX];
};

/*
 * Reads a name, following pointers. Each must lead in front of where the one before it led, so
 * their number is bounded by the message, and a circle is impossible.
 */
static bool get_name(struct reader *r, struct name *ret)
{
	size_t at = r->at, floor = r->at;
	bool has_jumped = false;

	ret->len = 0;
	for (;;) {
		uint8_t len;

		if (at >= r->message.len)
			return false;
		len = r->message.at[at];
		if (len > LABEL_MAX) {
			size_t target;

			if (len < 0xc0 || r->message.len - at < 2)
				return false;
			target = (size_t)(len & 0x3f) << 8 | r->message.at[at + 1];
			if (target >= floor)
				return false;
			if (!has_jumped)
				r->at = at + 2;
			has_jumped = true;
			at = floor = target;
			continue;
		}
		if (r->message.len - at < (size_t)len + 1 || ret->len + len + 1 > sizeof(ret->at))
			return false;
		memcpy(ret->at + ret->len, r->message.at + at, (size_t)len + 1);
		ret->len += (size_t)len + 1;
		at += (size_t)len + 1;
		if (!len) {
			if (!has_jumped)
				r->at = at;
			return true;
		}
	}
}

/* Lengths are below 'A', so comparing them without case changes nothing. */
static bool is_same(const struct name *a, const struct name *b)
{
	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++) {
		uint8_t x = a->at[i], y = b->at[i];

		x |= x >= 'A' && x <= 'Z' ? 0x20 : 0;
		y |= y >= 'A' && y <= 'Z' ? 0x20 : 0;
		if (x != y)
			return false;
	}
	return true;
}

struct record {
	struct name owner;
	uint16_t type;
	uint16_t class;
	size_t data; /* offset in the message */
	uint16_t len;
};

static bool get_record(struct reader *r, struct record *ret)
{
	if (!get_name(r, &ret->owner) || !get16(r, &ret->type) || !get16(r, &ret->class) ||
	    r->message.len - r->at < 4)
		return false;
	r->at += 4; /* its time to live: we ask once a boot */
	if (!get16(r, &ret->len) || r->message.len - r->at < ret->len)
		return false;
	ret->data = r->at;
	r->at += ret->len;
	return true;
}

struct answer {
	struct reader reader; /* at the first record */
	uint16_t count;
	uint16_t type; /* that was asked for */
	struct name name;
};

static int bad(struct err *e)
{
	return FAIL(e, FAIL_INPUT, "dns: malformed answer");
}

/* Header and question against the query; leaves the reader at the first record. */
static int read_head(struct answer *a, const struct dns_query *query, struct err *e)
{
	struct reader *r = &a->reader, asked = { span(query->at, query->len), HEADER_BYTES };
	uint16_t id, flags, questions, type, class, asked_type, skipped;
	struct name name;

	if (!get16(r, &id) || !get16(r, &flags) || !get16(r, &questions) || !get16(r, &a->count) ||
	    !get16(r, &skipped) || !get16(r, &skipped))
		return bad(e);
	if (id != (uint16_t)(query->at[0] << 8 | query->at[1]) || !(flags & FLAG_ANSWER) ||
	    flags & MASK_OPCODE || questions != 1 || !get_name(r, &name) || !get16(r, &type) ||
	    !get16(r, &class))
		return bad(e);
	if (!get_name(&asked, &a->name) || !get16(&asked, &asked_type))
		return FAIL(e, FAIL_BUG, "dns: our own question is malformed");
	if (!is_same(&name, &a->name) || type != asked_type || class != CLASS_IN)
		return FAIL(e, FAIL_INPUT, "dns: an answer to another question");
	if (flags & FLAG_TRUNCATED)
		return FAIL(e, FAIL_LIMIT, "dns: the answer doesn't fit %d bytes", LIMIT_DNS_BYTES);
	if ((flags & MASK_RCODE) == RCODE_NO_SUCH_NAME)
		return FAIL(e, FAIL_DENIED, "dns: no such name");
	if (flags & MASK_RCODE)
		return FAIL(e, FAIL_AGAIN, "dns: the server fails with code %d",
			    flags & MASK_RCODE);
	a->type = type;
	return 0;
}

enum step { STEP_ADDRESS, STEP_ALIAS, STEP_NOTHING, STEP_BAD };

/* Goes over all records for the current name: its address, or its alias. */
static enum step look_up(struct answer *a, struct dns_address *ret)
{
	struct reader r = a->reader;
	size_t want = a->type == DNS_TYPE_A ? 4 : 16;
	enum step step = STEP_NOTHING;
	struct name alias;

	for (uint16_t i = 0; i < a->count; i++) {
		struct record record;

		if (!get_record(&r, &record))
			return STEP_BAD;
		if (record.class != CLASS_IN || !is_same(&record.owner, &a->name))
			continue;
		if (record.type == a->type) {
			if (record.len != want)
				return STEP_BAD;
			*ret = (struct dns_address){ .is_found = true, .len = want };
			memcpy(ret->at, r.message.at + record.data, want);
			return STEP_ADDRESS;
		}
		if (record.type == TYPE_CNAME && step == STEP_NOTHING) {
			struct reader inside = { r.message, record.data };

			if (!get_name(&inside, &alias) || inside.at != record.data + record.len)
				return STEP_BAD;
			step = STEP_ALIAS;
		}
	}
	if (step == STEP_ALIAS)
		a->name = alias;
	return step;
}

int dns_answer(struct span message, const struct dns_query *query, struct dns_address *ret,
	       struct err *e)
{
	struct answer a = { .reader = { message, 0 } };
	struct dns_address found = { .is_found = false };
	int failed = read_head(&a, query, e);

	if (failed)
		return failed;
	for (int i = 0; i <= LIMIT_DNS_CNAMES; i++) {
		enum step step = look_up(&a, &found);

		if (step == STEP_BAD)
			return bad(e);
		if (step == STEP_ALIAS)
			continue;
		*ret = found;
		return 0;
	}
	return FAIL(e, FAIL_LIMIT, "dns: more than %d aliases", LIMIT_DNS_CNAMES);
}
