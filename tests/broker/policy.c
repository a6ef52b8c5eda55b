#include "tests/broker/policy.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/evidence.h"

void broker_policy_done(struct broker_policy *policy)
{
	json_done(&policy->tree);
}

/* Length of the segment that `at` starts with; 0 if there is none. No segment starts with a dot. */
static size_t segment(const char *at)
{
	size_t n = 0;

	while (isalnum((uint8_t)at[n]) || at[n] == '_' || at[n] == '-' || (n && at[n] == '.'))
		n++;
	return n;
}

/* How many segments `name` has, each but the last followed by "/"; 0 if it has another form. */
static unsigned int count_segments(const char *name, bool *ret_prefix)
{
	unsigned int count = 0;

	if (strlen(name) >= LIMIT_PATH_BYTES)
		return 0;
	*ret_prefix = false;
	while (*name) {
		size_t n = segment(name);

		if (!n || (name[n] && name[n] != '/'))
			return 0;
		count++;
		*ret_prefix = name[n] == '/';
		name += n + *ret_prefix;
	}
	return count;
}

bool broker_resource_is_name(const char *name)
{
	bool prefix = false;

	return count_segments(name, &prefix) == 3 && !prefix;
}

static bool is_measurement(const char *text)
{
	return *text != 0;
}

static bool is_initdata(const char *text)
{
	const char *hex = strchr(text, ':');
	enum digest_alg alg;

	if (!strcmp(text, "any") || !strcmp(text, "none"))
		return true;
	if (!hex || digest_alg_parse(span(text, (size_t)(hex - text)), &alg, NULL) < 0)
		return false;
	return strlen(++hex) == 2 * digest_alg_len(alg) &&
	       strspn(hex, "0123456789abcdef") == strlen(hex);
}

static bool is_resource(const char *text)
{
	bool prefix = false;
	unsigned int count = count_segments(text, &prefix);

	return prefix ? count == 1 || count == 2 : count == 3;
}

static int check_list(const cJSON *list, const char *where, bool (*is_good)(const char *),
		      const char *form, struct err *e)
{
	int count = cJSON_GetArraySize(list);

	if (!count || count > BROKER_POLICY_WORDS)
		return FAIL(e, FAIL_INPUT, "%s: \"%s\" must have 1 to %d entries", where,
			    list->string, BROKER_POLICY_WORDS);
	for (const cJSON *item = list->child; item; item = item->next)
		if (!json_text(item) || !is_good(json_text(item)))
			return FAIL(e, FAIL_INPUT, "%s: an entry of \"%s\" is not %s", where,
				    list->string, form);
	return 0;
}

static int check_rule(const cJSON *rule, unsigned int number, struct err *e)
{
	const cJSON *tee = NULL, *measurement = NULL, *initdata = NULL, *resources = NULL;
	const struct json_field fields[] = {
		{ "tee", JSON_TEXT, true, &tee },
		{ "measurement", JSON_ARRAY, true, &measurement },
		{ "initdata", JSON_ARRAY, true, &initdata },
		{ "resources", JSON_ARRAY, true, &resources },
		{ 0 },
	};
	char where[32];
	int failed;

	(void)snprintf(where, sizeof(where), "policy: rule %u", number);
	failed = json_object(rule, where, fields, e);
	if (failed)
		return failed;
	if (!broker_tee_is_known(json_text(tee)))
		return FAIL(e, FAIL_INPUT, "%s: \"%.20s\" is not a TEE", where, json_text(tee));
	if ((failed = check_list(measurement, where, is_measurement, "a launch digest", e)) ||
	    (failed = check_list(initdata, where, is_initdata,
				 "\"sha256:<hex>\", \"any\" or \"none\"", e)))
		return failed;
	return check_list(resources, where, is_resource,
			  "\"repository/type/tag\" or a prefix with \"/\" behind it", e);
}

int broker_policy_parse(struct span text, struct broker_policy *ret, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *version = NULL, *rules = NULL;
	const struct json_field fields[] = {
		{ "version", JSON_U64, true, &version },
		{ "rules", JSON_ARRAY, true, &rules },
		{ 0 },
	};
	uint64_t number = 0;
	unsigned int n = 0;
	int failed;

	if ((failed = json_parse(text, BROKER_POLICY_BYTES, &tree, e)) ||
	    (failed = json_object(tree, "policy", fields, e)) ||
	    (failed = json_u64(version, &number, e)))
		return failed;
	if (number != 1)
		return FAIL(e, FAIL_INPUT, "policy: \"version\" must be 1");
	if (cJSON_GetArraySize(rules) > BROKER_POLICY_RULES)
		return FAIL(e, FAIL_LIMIT, "policy: over %d rules", BROKER_POLICY_RULES);
	for (const cJSON *rule = rules->child; rule && !failed; rule = rule->next)
		failed = check_rule(rule, ++n, e);
	if (failed)
		return failed;
	ret->tree = tree;
	tree = NULL;
	return 0;
}

int broker_policy_load(const char *path, struct broker_policy *ret, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	AUTO_BUF struct buf text = BUF_EMPTY;
	int failed;

	if (fd < 0)
		return FAIL_ERRNO(e, "policy %s: %s", path, strerror(errno));
	if ((failed = fd_read_all(fd, BROKER_POLICY_BYTES, &text, e)) ||
	    (failed = broker_policy_parse(buf_view(&text), ret, e))) {
		(void)err_add(e, "%.60s", path);
		return failed;
	}
	return 0;
}

static bool has_word(const cJSON *rule, const char *list, const char *word)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(rule, list);

	for (item = item ? item->child : NULL; item; item = item->next)
		if (!strcmp(item->valuestring, word))
			return true;
	return false;
}

static bool has_resource(const cJSON *rule, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(rule, "resources");

	for (item = item ? item->child : NULL; item; item = item->next) {
		size_t len = strlen(item->valuestring);

		if (item->valuestring[len - 1] == '/' ? !strncmp(item->valuestring, name, len)
						      : !strcmp(item->valuestring, name))
			return true;
	}
	return false;
}

/* How far an ask gets in a rule; the farthest of all rules tells a person what is missing. */
enum depth { NO_RESOURCE, NO_TEE, NO_MEASUREMENT, NO_INITDATA, ALLOWED };

static enum depth try_rule(const cJSON *rule, const struct broker_ask *ask)
{
	const char *tee = json_text(cJSON_GetObjectItemCaseSensitive(rule, "tee"));

	if (!has_resource(rule, ask->resource))
		return NO_RESOURCE;
	if (strcmp(tee, ask->tee) != 0)
		return NO_TEE;
	if (!has_word(rule, "measurement", ask->measurement))
		return NO_MEASUREMENT;
	if (!has_word(rule, "initdata", ask->initdata) && !has_word(rule, "initdata", "any"))
		return NO_INITDATA;
	return ALLOWED;
}

static void explain(enum depth depth, const struct broker_ask *ask, char *ret, size_t size)
{
	const struct {
		const char *what, *value, *member;
	} rows[] = {
		[NO_RESOURCE] = { "this resource", "", "resources" },
		[NO_TEE] = { "TEE ", ask->tee, "tee" },
		[NO_MEASUREMENT] = { "measurement ", ask->measurement, "measurement" },
		[NO_INITDATA] = { "initdata ", ask->initdata, "initdata" },
	};

	(void)snprintf(ret, size, "no rule%s has %s%.160s; add it to \"%s\" of a rule",
		       depth == NO_RESOURCE ? "" : " for it", rows[depth].what, rows[depth].value,
		       rows[depth].member);
}

bool broker_policy_allows(const struct broker_policy *policy, const struct broker_ask *ask,
			  char *ret_why, size_t size)
{
	const cJSON *rules = cJSON_GetObjectItemCaseSensitive(policy->tree, "rules");
	enum depth deepest = NO_RESOURCE;
	unsigned int number = 0;

	for (const cJSON *rule = rules ? rules->child : NULL; rule; rule = rule->next) {
		enum depth depth = try_rule(rule, ask);

		number++;
		if (depth == ALLOWED) {
			(void)snprintf(ret_why, size, "rule %u", number);
			return true;
		}
		if (depth > deepest)
			deepest = depth;
	}
	explain(deepest, ask, ret_why, size);
	return false;
}
