#include "attest/verify/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "attest/verify/words.h"
#include "attest/verify/x509/certs.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"

#define FINDING_TEXT 200
#define FILE_NAME    208
#define URL_TEXT     320

struct finding {
	enum reason reason;
	size_t part;
	bool allowed;
	char text[FINDING_TEXT];
};

struct missing {
	size_t part;
	char file[FILE_NAME];
	char url[URL_TEXT];
	char what[64];
};

struct verdict_part {
	char name[16];
	char kind[16];
	enum verify_word words[VERIFY_DIMENSIONS];  /* what is true              */
	enum verify_word judged[VERIFY_DIMENSIONS]; /* less what the policy allows */
	bool is_said[VERIFY_DIMENSIONS];
	cJSON *claims;
};

struct verify_verdict {
	struct refs allow; /* a copy */
	bool fresh_optional;
	int64_t at;
	struct verdict_part parts[LIMIT_VERIFY_PARTS];
	size_t part_count;
	struct finding *findings;
	size_t finding_count, finding_cap;
	struct missing *missing;
	size_t missing_count, missing_cap;
	struct verdict_part whole;
	enum verify_decision decision;
	int failed; /* the first failure on the way, as errno */
};

/* --- Building --------------------------------------------------------------------------------- */

static void words_start(struct verdict_part *p, unsigned none)
{
	for (int d = 0; d < VERIFY_DIMENSIONS; d++)
		p->words[d] = p->judged[d] = none & 1u << d ? word_none(d) : word_unchecked(d);
}

int verdict_new(const struct verdict_options *o, struct verify_verdict **ret, struct err *e)
{
	struct verify_verdict *v = calloc(1, sizeof(*v));

	if (!v)
		return FAIL_ERRNO(e, "verdict");
	v->at = o->at;
	v->fresh_optional = o->fresh_optional;
	v->decision = VERIFY_UNPROVEN;
	if (o->allow && o->allow->count) {
		v->allow.at = calloc(o->allow->count, sizeof(*v->allow.at));
		if (!v->allow.at) {
			free(v);
			return FAIL_ERRNO(e, "verdict");
		}
		memcpy(v->allow.at, o->allow->at, o->allow->count * sizeof(*v->allow.at));
		v->allow.count = o->allow->count;
	}
	words_start(&v->whole, ~0u);
	*ret = v;
	return 0;
}

void verify_free(struct verify_verdict *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->part_count; i++)
		cJSON_Delete(v->parts[i].claims);
	refs_done(&v->allow);
	free(v->findings);
	free(v->missing);
	free(v);
}

void verdict_done(struct verify_verdict **v)
{
	verify_free(*v);
	*v = NULL;
}

int verdict_part(struct verify_verdict *v, const char *name, const char *kind, unsigned none,
		 size_t *ret, struct err *e)
{
	struct verdict_part *p = &v->parts[v->part_count];

	if (v->part_count == LIMIT_VERIFY_PARTS)
		return FAIL(e, FAIL_LIMIT, "more than %d parts", LIMIT_VERIFY_PARTS);
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(p->kind, sizeof(p->kind), "%s", kind);
	words_start(p, none);
	p->claims = cJSON_CreateObject();
	if (!p->claims)
		return FAIL_ERRNO(e, "verdict");
	*ret = v->part_count++;
	return 0;
}

/* Room for one more of `size` bytes at the end of an array that at most `limit` fill. */
static void *grow(struct verify_verdict *v, void **at, size_t *count, size_t *cap, size_t limit,
		  size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *more;

	if (*count == limit) {
		v->failed = ENOSPC;
		return NULL;
	}
	if (*count == *cap) {
		more = realloc(*at, want * size);
		if (!more) {
			v->failed = ENOMEM;
			return NULL;
		}
		*at = more;
		*cap = want;
	}
	return (uint8_t *)*at + (*count)++ * size;
}

static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

/* The part's word is the highest that a finding gave it. What the policy allows is as good as good
 * for the decision, and keeps its own word for the reader. */
static void raise_word(struct verdict_part *p, enum verify_word word, bool allowed)
{
	enum verify_dimension d = word_dimension(word);
	enum verify_word judged = allowed ? word_good(d) : word;

	if (!p->is_said[d] || word > p->words[d])
		p->words[d] = word;
	if (!p->is_said[d] || judged > p->judged[d])
		p->judged[d] = judged;
	p->is_said[d] = true;
}

static void say(struct verify_verdict *v, size_t part, enum reason r, bool by_folder,
		const char *text)
{
	const struct reason_row *row = reason_row(r);
	bool allowed = row->may_allow && (by_folder || refs_has(&v->allow, span_text(row->code)));
	struct finding *f = grow(v, (void **)&v->findings, &v->finding_count, &v->finding_cap,
				 LIMIT_VERIFY_FINDINGS, sizeof(*f));

	raise_word(part == VERDICT_WHOLE ? &v->whole : &v->parts[part], row->word, allowed);
	if (!f)
		return;
	*f = (struct finding){ .reason = r, .part = part, .allowed = allowed };
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
	make_printable(f->text);
}

void verdict_say(struct verify_verdict *v, size_t part, enum reason r, const char *format, ...)
{
	char text[FINDING_TEXT];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say(v, part, r, false, text);
}

void verdict_allow(struct verify_verdict *v, size_t part, enum reason r, const char *format, ...)
{
	char text[FINDING_TEXT];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say(v, part, r, true, text);
}

void verdict_err(struct verify_verdict *v, size_t part, enum reason r, const struct err *e)
{
	say(v, part, r, false, e->text);
}

void verdict_miss(struct verify_verdict *v, size_t part, const char *file, const char *url,
		  const char *what)
{
	struct missing *m;

	for (size_t i = 0; i < v->missing_count; i++)
		if (!strcmp(v->missing[i].file, file))
			return;
	m = grow(v, (void **)&v->missing, &v->missing_count, &v->missing_cap, LIMIT_VERIFY_MISSING,
		 sizeof(*m));
	if (!m)
		return;
	m->part = part;
	(void)snprintf(m->file, sizeof(m->file), "%s", file);
	(void)snprintf(m->url, sizeof(m->url), "%s", url);
	(void)snprintf(m->what, sizeof(m->what), "%s", what);
}

/* --- Claims ----------------------------------------------------------------------------------- */

cJSON *verdict_claims(struct verify_verdict *v, size_t part)
{
	return v->parts[part].claims;
}

static void keep(struct verify_verdict *v, int failed)
{
	if (failed && !v->failed)
		v->failed = ENOMEM;
}

void verdict_text(struct verify_verdict *v, cJSON *object, const char *name, const char *text)
{
	if (object)
		keep(v, json_add_text(object, name, text, NULL));
}

void verdict_hex(struct verify_verdict *v, cJSON *object, const char *name, struct span bytes)
{
	char *text = malloc(2 * bytes.len + 1);

	if (!text) {
		v->failed = ENOMEM;
		return;
	}
	digest_hex(bytes, text);
	verdict_text(v, object, name, text);
	free(text);
}

void verdict_u64(struct verify_verdict *v, cJSON *object, const char *name, uint64_t value)
{
	if (object)
		keep(v, json_add_u64(object, name, value, NULL));
}

void verdict_bool(struct verify_verdict *v, cJSON *object, const char *name, bool value)
{
	if (object)
		keep(v, json_add_bool(object, name, value, NULL));
}

static cJSON *adopt(struct verify_verdict *v, cJSON *object, const char *name, cJSON *child)
{
	if (!object || json_add(object, name, child, NULL)) {
		if (!object)
			cJSON_Delete(child);
		v->failed = ENOMEM;
		return NULL;
	}
	return child;
}

cJSON *verdict_object(struct verify_verdict *v, cJSON *object, const char *name)
{
	return adopt(v, object, name, cJSON_CreateObject());
}

cJSON *verdict_array(struct verify_verdict *v, cJSON *object, const char *name)
{
	return adopt(v, object, name, cJSON_CreateArray());
}

/* --- Reading ---------------------------------------------------------------------------------- */

enum verify_word verdict_word(const struct verify_verdict *v, size_t part, enum verify_dimension d)
{
	return part == VERDICT_WHOLE ? v->whole.words[d] : v->parts[part].words[d];
}

bool verdict_is_genuine(const struct verify_verdict *v, size_t part)
{
	enum verify_word w = v->parts[part].words[VERIFY_GENUINE];

	return w == VERIFY_GENUINE_YES || w == VERIFY_GENUINE_TEST;
}

static enum verify_decision decide(const struct verify_verdict *v)
{
	enum verify_decision worst = v->part_count ? VERIFY_ACCEPTED : VERIFY_UNPROVEN;

	for (int d = 0; d < VERIFY_DIMENSIONS; d++) {
		enum verify_decision here = word_decision(v->whole.judged[d]);

		if (here == VERIFY_NOT_FRESH && v->fresh_optional)
			here = VERIFY_ACCEPTED;
		if (here > worst)
			worst = here;
	}
	return worst;
}

int verdict_finish(struct verify_verdict *v, struct err *e)
{
	if (v->failed)
		return err_set(e, FAIL_SYS, v->failed, __func__, "verdict");
	for (size_t i = 0; i < v->part_count; i++)
		for (int d = 0; d < VERIFY_DIMENSIONS; d++) {
			if (v->parts[i].words[d] > v->whole.words[d])
				v->whole.words[d] = v->parts[i].words[d];
			if (v->parts[i].judged[d] > v->whole.judged[d])
				v->whole.judged[d] = v->parts[i].judged[d];
		}
	v->decision = decide(v);
	return 0;
}

enum verify_decision verify_decision(const struct verify_verdict *v)
{
	return v->decision;
}

enum verify_word verify_word(const struct verify_verdict *v, enum verify_dimension d)
{
	return v->whole.words[d];
}

static const char *part_name(const struct verify_verdict *v, size_t part)
{
	return part == VERDICT_WHOLE ? "" : v->parts[part].name;
}

size_t verify_finding_count(const struct verify_verdict *v)
{
	return v->finding_count;
}

struct verify_finding verify_finding(const struct verify_verdict *v, size_t i)
{
	const struct finding *f = &v->findings[i];
	const struct reason_row *row = reason_row(f->reason);

	return (struct verify_finding){ row->code, part_name(v, f->part), row->word, f->allowed,
					f->text };
}

size_t verify_missing_count(const struct verify_verdict *v)
{
	return v->missing_count;
}

struct verify_missing verify_missing(const struct verify_verdict *v, size_t i)
{
	const struct missing *m = &v->missing[i];

	return (struct verify_missing){ part_name(v, m->part), m->file, m->url, m->what };
}

/* The member at the end of a path with dots in it. */
static const cJSON *follow(const cJSON *node, const char *path)
{
	char name[48];
	size_t len;

	for (; node && *path; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = 0;
		node = cJSON_GetObjectItemCaseSensitive(node, name);
	}
	return node;
}

const char *verify_claim(const struct verify_verdict *v, const char *part, const char *claim)
{
	for (size_t i = 0; i < v->part_count; i++)
		if (!strcmp(v->parts[i].name, part) && verdict_is_genuine(v, i))
			return json_text(follow(v->parts[i].claims, claim));
	return NULL;
}

/* --- As JSON ---------------------------------------------------------------------------------- */

static int add_words(cJSON *o, const struct verdict_part *p, struct err *e)
{
	int failed = 0;

	for (int d = 0; d < VERIFY_DIMENSIONS && !failed; d++)
		failed = json_add_text(o, verify_dimension_name((enum verify_dimension)d),
				       verify_word_name(p->words[d]), e);
	return failed;
}

static int add_time(cJSON *o, int64_t at, struct err *e)
{
	char text[TIME_TEXT_BYTES];

	if (at == VERIFY_NO_CLOCK)
		return json_add_text(o, "at", "not checked", e);
	time_text(at, text);
	return json_add_text(o, "at", text, e);
}

static int part_json(const struct verify_verdict *v, size_t i, cJSON *list, struct err *e)
{
	const struct verdict_part *p = &v->parts[i];
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "name", p->name, e);

	if (!failed)
		failed = json_add_text(o, "kind", p->kind, e);
	if (!failed)
		failed = add_words(o, p, e);
	if (!failed)
		failed = json_add_bool(o, "authenticated", verdict_is_genuine(v, i), e);
	if (!failed)
		failed = json_add(o, "claims", cJSON_Duplicate(p->claims, true), e);
	if (failed) {
		cJSON_Delete(o);
		return failed;
	}
	(void)cJSON_AddItemToArray(list, o);
	return 0;
}

static int finding_json(const struct verify_verdict *v, size_t i, cJSON *list, struct err *e)
{
	struct verify_finding f = verify_finding(v, i);
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "code", f.code, e);

	if (!failed)
		failed = json_add_text(o, "part", f.part, e);
	if (!failed)
		failed = json_add_text(o, "dimension",
				       verify_dimension_name(word_dimension(f.word)), e);
	if (!failed)
		failed = json_add_text(o, "word", verify_word_name(f.word), e);
	if (!failed)
		failed = json_add_bool(o, "allowed", f.allowed, e);
	if (!failed)
		failed = json_add_text(o, "text", f.text, e);
	if (failed) {
		cJSON_Delete(o);
		return failed;
	}
	(void)cJSON_AddItemToArray(list, o);
	return 0;
}

static int missing_json(const struct verify_verdict *v, size_t i, cJSON *list, struct err *e)
{
	struct verify_missing m = verify_missing(v, i);
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "part", m.part, e);

	if (!failed)
		failed = json_add_text(o, "file", m.file, e);
	if (!failed)
		failed = json_add_text(o, "url", m.url, e);
	if (!failed)
		failed = json_add_text(o, "what", m.what, e);
	if (failed) {
		cJSON_Delete(o);
		return failed;
	}
	(void)cJSON_AddItemToArray(list, o);
	return 0;
}

typedef int item_json(const struct verify_verdict *v, size_t i, cJSON *list, struct err *e);

static int add_list(const struct verify_verdict *v, cJSON *o, const char *name, size_t count,
		    item_json *item, struct err *e)
{
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(o, name, list, e);

	for (size_t i = 0; i < count && !failed; i++)
		failed = item(v, i, list, e);
	return failed;
}

int verify_json(const struct verify_verdict *v, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_u64(o, "version", 1, e);

	if (!failed)
		failed = json_add_text(o, "decision", verify_decision_name(v->decision), e);
	if (!failed)
		failed = add_words(o, &v->whole, e);
	if (!failed)
		failed = add_time(o, v->at, e);
	if (!failed)
		failed = add_list(v, o, "parts", v->part_count, part_json, e);
	if (!failed)
		failed = add_list(v, o, "findings", v->finding_count, finding_json, e);
	if (!failed)
		failed = add_list(v, o, "missing", v->missing_count, missing_json, e);
	return failed ? failed : json_print(o, LIMIT_VERIFY_JSON_BYTES, ret, e);
}
