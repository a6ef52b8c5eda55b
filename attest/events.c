#include "attest/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/limits.h"

#define DOMAIN "sealinit"

/* `failed`: whether the members could be added. With `ret_has` the log is only asked. */
static int record_or_ask(struct ownlog *log, const char *operation, const cJSON *members,
			 int failed, bool *ret_has, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct entry_text t = { DOMAIN, operation, NULL };

	if (!failed)
		failed = json_print(members, LIMIT_EVENT_BYTES - 1, &text, e);
	if (failed)
		return err_add(e, "event %s", operation);
	t.content = (const char *)text.at;
	failed = ret_has ? ownlog_has(log, &t, deadline_in(LIMIT_LOG_MS), ret_has, e)
			 : ownlog_once(log, &t, deadline_in(LIMIT_LOG_MS), e);
	return failed ? err_add(e, "event %s", operation) : 0;
}

static int record(struct ownlog *log, const char *operation, const cJSON *members, int failed,
		  struct err *e)
{
	return record_or_ask(log, operation, members, failed, NULL, e);
}

int events_config(struct ownlog *log, const struct loaded *loaded, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "digest", loaded->trust.config_digest, e);

	if (!failed)
		failed = json_add_text(o, "source", loaded->trust.config_source, e);
	if (!failed)
		failed = json_add_text(o, "register", loaded->trust.config_register, e);
	return record(log, "config", o, failed, e);
}

int events_policy(struct ownlog *log, struct span text, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	char named[sizeof("sha256:") + 2 * DIGEST_MAX_BYTES] = "sha256:";
	struct digest d;
	int failed = digest_of(DIGEST_SHA256, text, &d, e);

	if (failed)
		return err_add(e, "event policy");
	digest_hex(span(d.at, d.len), named + strlen(named));
	return record(log, "policy", o, json_add_text(o, "digest", named, e), e);
}

int events_secret(struct ownlog *log, const char *path, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	return record(log, "secret", o, json_add_text(o, "path", path, e), e);
}

int events_volume(struct ownlog *log, const struct msg_volume *v, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "name", v->name, e);

	if (!failed)
		failed = json_add_u64(o, "epoch", v->epoch, e);
	if (!failed && v->session)
		failed = json_add_u64(o, "session", v->session, e);
	if (!failed)
		failed = json_add_bool(o, "created", v->created, e);
	return record(log, "volume", o, failed, e);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* What stays the same from one answer of theirs to the next, in an order of its own. */
static int gpus_members(cJSON *o, const struct gpus *g, struct err *e)
{
	char pdi[GPUS_MAX][2 * BINDING_PDI_BYTES + 1];
	cJSON *list = cJSON_CreateArray();
	int failed = json_add(o, "devices", list, e);

	for (size_t i = 0; i < g->count; i++)
		digest_hex(span(g->at[i].bound.pdi, BINDING_PDI_BYTES), pdi[i]);
	qsort(pdi, g->count, sizeof(*pdi), by_text);
	for (size_t i = 0; i < g->count && !failed; i++)
		failed = json_add(list, NULL, cJSON_CreateString(pdi[i]), e);
	return failed ? failed : json_add_text(o, "driver", g->state.driver, e);
}

int events_gpus(struct ownlog *log, const struct gpus *g, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	return record(log, "gpus", o, gpus_members(o, g, e), e);
}

int events_has_gpus(struct ownlog *log, const struct gpus *g, bool *ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	return record_or_ask(log, "gpus", o, gpus_members(o, g, e), ret, e);
}

int events_ready(struct ownlog *log, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	return record(log, "ready", o, o ? 0 : FAIL(e, FAIL_SYS, "no memory"), e);
}
