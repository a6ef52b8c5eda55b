#include "api/render.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/roles.h"

#define LIMIT LIMIT_API_BODY_BYTES

static const char *stage_state_name(uint32_t state)
{
	static const char *const names[] = {
		[STAGE_WAITING] = "waiting", [STAGE_RUNNING] = "running", [STAGE_DONE] = "done",
		[STAGE_FAILED] = "failed",   [STAGE_SKIPPED] = "skipped",
	};

	return state <= STAGE_SKIPPED ? names[state] : "unknown";
}

static const char *volume_state_name(uint32_t state)
{
	return state == VOLUME_OPEN ? "open" : "failed";
}

static uint64_t start_ms(const struct status *s, const struct msg_stage *stage)
{
	return (stage->start_us - status_origin_us(s)) / 1000;
}

static cJSON *stage_json(const struct status *s, size_t i)
{
	const struct msg_stage *stage = &s->stages[i];
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *taken = o;

	if (json_add_text(o, "name", stage_names[i], NULL) < 0 ||
	    json_add_text(o, "state", stage_state_name(stage->state), NULL) < 0 ||
	    json_add_u64(o, "start_ms", start_ms(s, stage), NULL) < 0 ||
	    json_add_u64(o, "duration_ms", status_duration_ms(stage), NULL) < 0 ||
	    json_add_text(o, "text", stage->text, NULL) < 0)
		return NULL;
	o = NULL;
	return taken;
}

static cJSON *volume_json(const struct msg_volume *v)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *taken = o;

	if (json_add_text(o, "name", v->name, NULL) < 0 ||
	    json_add_text(o, "mount", v->mount, NULL) < 0 ||
	    json_add_text(o, "device", v->device, NULL) < 0 ||
	    json_add_u64(o, "size", v->size, NULL) < 0 ||
	    json_add_text(o, "integrity", v->integrity, NULL) < 0 ||
	    json_add_text(o, "rollback", v->rollback, NULL) < 0 ||
	    (v->session && json_add_u64(o, "session", v->session, NULL) < 0) ||
	    json_add_u64(o, "epoch", v->epoch, NULL) < 0 ||
	    json_add_bool(o, "created", v->created != 0, NULL) < 0 ||
	    json_add_text(o, "state", volume_state_name(v->state), NULL) < 0 ||
	    json_add_text(o, "text", v->text, NULL) < 0)
		return NULL;
	o = NULL;
	return taken;
}

static int add_stages(cJSON *o, const struct status *s, struct err *e)
{
	cJSON *list = cJSON_CreateArray();

	if (json_add(o, "stages", list, e) < 0)
		return -(int)FAIL_SYS;
	for (size_t i = 0; i < STAGE_COUNT; i++)
		if (s->stages[i].state != STAGE_WAITING &&
		    json_add(list, NULL, stage_json(s, i), e) < 0)
			return -(int)FAIL_SYS;
	return 0;
}

static int add_volumes(cJSON *o, const struct status *s, struct err *e)
{
	cJSON *list = cJSON_CreateArray();

	if (json_add(o, "volumes", list, e) < 0)
		return -(int)FAIL_SYS;
	for (size_t i = 0; i < s->volume_count; i++)
		if (json_add(list, NULL, volume_json(&s->volumes[i]), e) < 0)
			return -(int)FAIL_SYS;
	return 0;
}

static const char *finding_state_name(uint32_t state)
{
	static const char *const names[] = {
		[FINDING_ABSENT] = "absent",
		[FINDING_PRESENT] = "present",
		[FINDING_USED] = "used",
	};

	return names[state]; /* status_take_finding() knows no other */
}

static cJSON *finding_json(const struct msg_finding *f)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	cJSON *taken = o;

	if (json_add_text(o, "name", f->name, NULL) < 0 ||
	    json_add_text(o, "state", finding_state_name(f->state), NULL) < 0 ||
	    json_add_text(o, "text", f->text, NULL) < 0)
		return NULL;
	o = NULL;
	return taken;
}

static int add_findings(cJSON *o, const struct status *s, struct err *e)
{
	cJSON *list = cJSON_CreateArray();

	if (json_add(o, "findings", list, e) < 0)
		return -(int)FAIL_SYS;
	for (size_t i = 0; i < LIMIT_FINDINGS; i++)
		if (s->findings[i].state &&
		    json_add(list, NULL, finding_json(&s->findings[i]), e) < 0)
			return -(int)FAIL_SYS;
	return 0;
}

/* What attestation has told; what this process knows is in add_trust(). */
static int add_measured(cJSON *o, const struct msg_trust *t, struct err *e)
{
	if (json_add_bool(o, "config_measured", t->config_measured != 0, e) < 0 ||
	    json_add_text(o, "config_source", t->config_source, e) < 0 ||
	    json_add_text(o, "config_register", t->config_register, e) < 0 ||
	    json_add_text(o, "config_digest", t->config_digest, e) < 0 ||
	    json_add_bool(o, "debug", t->debug != 0, e) < 0 ||
	    json_add_text(o, "event_log", t->log, e) < 0)
		return -(int)FAIL_SYS;
	return 0;
}

static int add_trust(cJSON *root, const struct status *s, struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	if (json_add(root, "trust", o, e) < 0 ||
	    (s->has_trust && add_measured(o, &s->trust, e) < 0) ||
	    json_add_text(o, "time", "floor", e) < 0 ||
	    json_add_text(o, "integrity", status_integrity(s), e) < 0 ||
	    json_add_text(o, "rollback", status_rollback(s), e) < 0 ||
	    /* secret_init() fails where it can't lock, so there is no key that isn't. */
	    json_add_bool(o, "memory_locked", true, e) < 0 ||
	    json_add_bool(o, "modules_locked", status_modules_locked(s), e) < 0)
		return -(int)FAIL_SYS;
	return 0;
}

static int add_failure(cJSON *root, const struct status *s, struct err *e)
{
	cJSON *o;

	if (!s->has_failed)
		return 0;
	o = cJSON_CreateObject();
	if (json_add(root, "failure", o, e) < 0 ||
	    json_add_text(o, "stage", stage_names[s->failed.stage], e) < 0 ||
	    json_add_text(o, "kind", err_kind_name((enum err_kind)s->failed.kind), e) < 0 ||
	    json_add_text(o, "text", s->failed.text, e) < 0)
		return -(int)FAIL_SYS;
	return 0;
}

static int status_json(const struct status *s, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();

	if (json_add_text(o, "version", SEALINIT_VERSION, e) < 0 ||
	    json_add_text(o, "state", status_state_name(status_state(s)), e) < 0 ||
	    (s->has_trust && json_add_text(o, "tee", s->trust.tee, e) < 0) ||
	    add_findings(o, s, e) < 0 || add_stages(o, s, e) < 0 || add_volumes(o, s, e) < 0 ||
	    add_trust(o, s, e) < 0 || add_failure(o, s, e) < 0)
		return -(int)FAIL_SYS;
	return json_print(o, LIMIT, ret, e);
}

static int volume_text(const struct msg_volume *v, struct buf *ret, struct err *e)
{
	int failed;

	if (v->state != VOLUME_OPEN)
		return buf_printf(ret, LIMIT, e, "volume %-10s failed  %s\n", v->name, v->text);
	failed = buf_printf(ret, LIMIT, e,
			    "volume %-10s open    %s, on %s, %" PRIu64
			    " bytes, integrity %s, rollback %s",
			    v->name, v->mount, v->device, v->size, v->integrity, v->rollback);
	if (!failed && v->session)
		failed = buf_printf(ret, LIMIT, e, " %" PRIu64, v->session);
	return failed ? failed
		      : buf_printf(ret, LIMIT, e, ", epoch %" PRIu64 "%s\n", v->epoch,
				   v->created ? ", new" : "");
}

static int volumes_text(const struct status *s, struct buf *ret, struct err *e)
{
	int failed = 0;

	if (!s->volume_count)
		return buf_printf(ret, LIMIT, e, "no volumes\n");
	for (size_t i = 0; i < s->volume_count && !failed; i++)
		failed = volume_text(&s->volumes[i], ret, e);
	return failed;
}

static int findings_text(const struct status *s, struct buf *ret, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < LIMIT_FINDINGS && !failed; i++) {
		const struct msg_finding *f = &s->findings[i];

		if (f->state)
			failed = buf_printf(ret, LIMIT, e, "found %-15s %s%s%s\n", f->name,
					    finding_state_name(f->state), f->text[0] ? ", " : "",
					    f->text);
	}
	return failed;
}

static int stages_text(const struct status *s, struct buf *ret, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < STAGE_COUNT && !failed; i++) {
		const struct msg_stage *stage = &s->stages[i];

		if (stage->state == STAGE_WAITING)
			continue;
		failed = buf_printf(
			ret, LIMIT, e, "stage %-9s %-8s at %6" PRIu64 " ms, %6" PRIu64 " ms%s%s\n",
			stage_names[i], stage_state_name(stage->state), start_ms(s, stage),
			status_duration_ms(stage), stage->text[0] ? "  " : "", stage->text);
	}
	return failed;
}

static int trust_text(const struct status *s, struct buf *ret, struct err *e)
{
	const struct msg_trust *t = &s->trust;
	int failed = 0;

	if (s->has_trust)
		failed = buf_printf(ret, LIMIT, e,
				    "trust configuration from %s, %s %s, %s\n"
				    "trust debug %s\n"
				    "trust event log held by %s\n",
				    t->config_source,
				    t->config_measured ? "measured by"
						       : "NOT measured, its register is",
				    t->config_register, t->config_digest,
				    t->debug ? "ALLOWED" : "not allowed", t->log);
	if (failed)
		return failed;
	return buf_printf(
		ret, LIMIT, e,
		"trust time floor, integrity %s, rollback %s, memory locked, modules %s\n",
		status_integrity(s), status_rollback(s),
		status_modules_locked(s) ? "locked" : "NOT locked");
}

static int status_text(const struct status *s, struct buf *ret, struct err *e)
{
	int failed = buf_printf(ret, LIMIT, e, "sealinit %s: %s%s%s\n", SEALINIT_VERSION,
				status_state_name(status_state(s)), s->has_trust ? ", on " : "",
				s->has_trust ? s->trust.tee : "");

	if (!failed && s->has_failed)
		failed = buf_printf(ret, LIMIT, e, "failed in stage %s: %s\n",
				    stage_names[s->failed.stage], s->failed.text);
	if (!failed)
		failed = findings_text(s, ret, e);
	if (!failed)
		failed = stages_text(s, ret, e);
	if (!failed)
		failed = volumes_text(s, ret, e);
	return failed ? failed : trust_text(s, ret, e);
}

int render_status(const struct status *s, enum form form, struct buf *ret, struct err *e)
{
	return form == FORM_TEXT ? status_text(s, ret, e) : status_json(s, ret, e);
}

int render_volumes(const struct status *s, enum form form, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *o = NULL;

	if (form == FORM_TEXT)
		return volumes_text(s, ret, e);
	o = cJSON_CreateObject();
	if (add_volumes(o, s, e) < 0)
		return -(int)FAIL_SYS;
	return json_print(o, LIMIT, ret, e);
}

int render_evidence(struct span json, struct buf *ret, struct err *e)
{
	const cJSON *tee, *evidence, *report_data, *nonce, *caller;
	const struct json_field fields[] = {
		{ "tee", JSON_TEXT, true, &tee },
		{ "evidence", JSON_ANY, true, &evidence },
		{ "report_data", JSON_TEXT, true, &report_data },
		{ "nonce", JSON_TEXT, true, &nonce },
		{ "caller", JSON_TEXT, true, &caller },
		{ 0 },
	};
	AUTO_JSON cJSON *root = NULL;
	int failed = json_parse(json, LIMIT_EVIDENCE_BYTES, &root, e);

	if (!failed)
		failed = json_object_open(root, "evidence", fields, e);
	if (!failed)
		failed = buf_printf(ret, LIMIT, e,
				    "tee: %s\ncaller: %s\nnonce: %s\nreport_data: %s\ndocument: ",
				    json_text(tee), json_text(caller), json_text(nonce),
				    json_text(report_data));
	/* As it came: printing it anew would lose digits of 64-bit numbers. */
	if (!failed)
		failed = buf_append(ret, json, LIMIT, e);
	return failed ? failed : buf_printf(ret, LIMIT, e, "\n");
}
