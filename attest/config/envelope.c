#include <stdbool.h>

#include "attest/config/initdata.h"
#include "attest/config/toml.h"
#include "base/limits.h"

#define VERSION "0.1.0"
#define TEXT(b) (int)((b)->len < 40 ? (b)->len : 40), (b)->len ? (const char *)(b)->at : ""

struct reader {
	struct toml toml;
	struct buf key, value;
	struct buf names[LIMIT_INITDATA_KEYS]; /* members of [data] so far */
	size_t count;
	bool has_version, has_algorithm, has_data, has_config;
	struct envelope env;
};

static void reader_done(struct reader *r)
{
	buf_done(&r->key);
	buf_done(&r->value);
	for (size_t i = 0; i < r->count; i++)
		buf_done(&r->names[i]);
	envelope_done(&r->env);
}

void envelope_done(struct envelope *env)
{
	buf_done(&env->config);
}

static bool is_key(const struct reader *r, const char *name)
{
	return span_is_equal(buf_view(&r->key), span_text(name));
}

static int take_version(struct reader *r, struct err *e)
{
	if (r->has_version)
		return FAIL(e, FAIL_INPUT, "initdata: \"version\" twice");
	if (!span_is_equal(buf_view(&r->value), span_text(VERSION)))
		return FAIL(e, FAIL_INPUT,
			    "initdata: version is \"%.*s\", only " VERSION " is known",
			    TEXT(&r->value));
	r->has_version = true;
	return 0;
}

static int take_algorithm(struct reader *r, struct err *e)
{
	if (r->has_algorithm)
		return FAIL(e, FAIL_INPUT, "initdata: \"algorithm\" twice");
	if (digest_alg_parse(buf_view(&r->value), &r->env.algorithm, e) < 0)
		return err_add(e, "initdata");
	r->has_algorithm = true;
	return 0;
}

static int take_top(struct reader *r, struct err *e)
{
	if (is_key(r, "version"))
		return take_version(r, e);
	if (is_key(r, "algorithm"))
		return take_algorithm(r, e);
	return FAIL(e, FAIL_INPUT, "initdata: unknown key \"%.*s\"", TEXT(&r->key));
}

static int take_member(struct reader *r, struct err *e)
{
	for (size_t i = 0; i < r->count; i++)
		if (span_is_equal(buf_view(&r->names[i]), buf_view(&r->key)))
			return FAIL(e, FAIL_INPUT, "initdata: [data] has \"%.*s\" twice",
				    TEXT(&r->key));
	if (r->count == LIMIT_INITDATA_KEYS)
		return FAIL(e, FAIL_LIMIT, "initdata: more than %d members in [data]",
			    LIMIT_INITDATA_KEYS);
	if (is_key(r, INITDATA_CONFIG_KEY)) {
		r->env.config = buf_take(&r->value);
		r->has_config = true;
	}
	r->names[r->count++] = buf_take(&r->key);
	return 0;
}

static int take_table(struct reader *r, struct err *e)
{
	if (!is_key(r, "data"))
		return FAIL(e, FAIL_INPUT, "initdata: unknown table [%.*s]", TEXT(&r->key));
	if (r->has_data)
		return FAIL(e, FAIL_INPUT, "initdata: [data] twice");
	r->has_data = true;
	return 0;
}

static int is_complete(const struct reader *r, struct err *e)
{
	if (!r->has_version)
		return FAIL(e, FAIL_INPUT, "initdata: \"version\" is missing");
	if (!r->has_algorithm)
		return FAIL(e, FAIL_INPUT, "initdata: \"algorithm\" is missing");
	if (!r->has_config)
		return FAIL(e, FAIL_INPUT, "initdata: [data] has no \"" INITDATA_CONFIG_KEY "\"");
	return 0;
}

static int read_items(struct reader *r, struct err *e)
{
	enum toml_item item;
	int failed;

	do {
		failed = toml_next(&r->toml, &item, &r->key, &r->value, e);
		if (!failed && item == TOML_TABLE)
			failed = take_table(r, e);
		else if (!failed && item == TOML_PAIR)
			failed = r->has_data ? take_member(r, e) : take_top(r, e);
	} while (!failed && item != TOML_END);
	return failed ? failed : is_complete(r, e);
}

int envelope_parse(struct span toml, struct envelope *ret, struct err *e)
{
	__attribute__((cleanup(reader_done))) struct reader r = { .count = 0 };
	int failed = toml_init(&r.toml, toml, e);

	if (!failed)
		failed = read_items(&r, e);
	if (failed)
		return failed;
	ret->algorithm = r.env.algorithm;
	ret->config = buf_take(&r.env.config);
	return 0;
}
