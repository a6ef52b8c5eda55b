#include "attest/events.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"

#define DOMAIN "sealinit"

/* `failed`: whether the members could be added. */
static int record(struct ownlog *log, const char *operation, const cJSON *members, int failed,
		  struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct entry_text t = { DOMAIN, operation, NULL };

	if (!failed)
		failed = json_print(members, LIMIT_EVENT_BYTES - 1, &text, e);
	if (failed)
		return err_add(e, "event %s", operation);
	t.content = (const char *)text.at;
	failed = ownlog_once(log, &t, deadline_in(LIMIT_LOG_MS), e);
	return failed ? err_add(e, "event %s", operation) : 0;
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
	if (!failed)
		failed = json_add_bool(o, "created", v->created, e);
	return record(log, "volume", o, failed, e);
}

int events_ready(struct ownlog *log, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	return record(log, "ready", o, o ? 0 : FAIL(e, FAIL_SYS, "no memory"), e);
}
