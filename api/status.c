#include "api/status.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

int status_take_stage(struct status *s, const struct ipc_msg *m, struct err *e)
{
	struct msg_stage stage;

	if (ipc_body(m, &stage, sizeof(stage), e) < 0)
		return -(int)FAIL_INPUT;
	if (stage.stage >= STAGE_COUNT || stage.state > STAGE_SKIPPED || stage.kind > FAIL_BUG ||
	    !ipc_is_text(stage.text, sizeof(stage.text)) ||
	    (stage.end_us && stage.end_us < stage.start_us))
		return FAIL(e, FAIL_INPUT, "malformed report of stage %u", stage.stage);
	s->stages[stage.stage] = stage;
	return 0;
}

int status_take_trust(struct status *s, const struct ipc_msg *m, struct err *e)
{
	struct msg_trust trust;

	if (ipc_body(m, &trust, sizeof(trust), e) < 0)
		return -(int)FAIL_INPUT;
	if (!ipc_is_text(trust.tee, sizeof(trust.tee)) ||
	    !ipc_is_text(trust.config_source, sizeof(trust.config_source)) ||
	    !ipc_is_text(trust.config_register, sizeof(trust.config_register)) ||
	    !ipc_is_text(trust.config_digest, sizeof(trust.config_digest)) ||
	    !ipc_is_text(trust.log, sizeof(trust.log)))
		return FAIL(e, FAIL_INPUT, "malformed report of trust");
	s->trust = trust;
	s->has_trust = true;
	return 0;
}

int status_take_finding(struct status *s, const struct ipc_msg *m, struct err *e)
{
	struct msg_finding f;

	if (ipc_body(m, &f, sizeof(f), e) < 0)
		return -(int)FAIL_INPUT;
	if (f.index >= LIMIT_FINDINGS || f.state < FINDING_ABSENT || f.state > FINDING_USED ||
	    !f.name[0] || !ipc_is_text(f.name, sizeof(f.name)) ||
	    !ipc_is_text(f.text, sizeof(f.text)))
		return FAIL(e, FAIL_INPUT, "malformed finding");
	s->findings[f.index] = f;
	return 0;
}

static bool is_volume(const struct msg_volume *v)
{
	return v->name[0] && ipc_is_text(v->name, sizeof(v->name)) &&
	       ipc_is_text(v->mount, sizeof(v->mount)) &&
	       ipc_is_text(v->device, sizeof(v->device)) &&
	       ipc_is_text(v->integrity, sizeof(v->integrity)) &&
	       ipc_is_text(v->rollback, sizeof(v->rollback)) &&
	       ipc_is_text(v->text, sizeof(v->text)) &&
	       (v->state == VOLUME_OPEN || v->state == VOLUME_FAILED);
}

int status_take_volume(struct status *s, const struct ipc_msg *m, struct err *e)
{
	struct msg_volume volume;
	size_t i = 0;

	if (m->status)
		return ipc_failure(m, e);
	if (ipc_body(m, &volume, sizeof(volume), e) < 0)
		return -(int)FAIL_INPUT;
	if (!is_volume(&volume))
		return FAIL(e, FAIL_INPUT, "malformed report of a volume");
	while (i < s->volume_count && strcmp(s->volumes[i].name, volume.name) != 0)
		i++;
	if (i == LIMIT_VOLUMES)
		return FAIL(e, FAIL_LIMIT, "more than %d volumes", LIMIT_VOLUMES);
	s->volumes[i] = volume;
	if (i == s->volume_count)
		s->volume_count++;
	return 0;
}

int status_take_failed(struct status *s, const struct ipc_msg *m, struct err *e)
{
	struct msg_failed failed;

	if (ipc_body(m, &failed, sizeof(failed), e) < 0)
		return -(int)FAIL_INPUT;
	if (failed.stage >= STAGE_COUNT || failed.kind > FAIL_BUG ||
	    !ipc_is_text(failed.text, sizeof(failed.text)))
		return FAIL(e, FAIL_INPUT, "malformed report of a failure");
	s->failed = failed;
	s->has_failed = true;
	s->is_told_ready = false;
	return 0;
}

void status_take_ready(struct status *s)
{
	s->is_told_ready = true;
	s->has_failed = false;
}

static bool has_failed_stage(const struct status *s)
{
	for (size_t i = 0; i < STAGE_COUNT; i++)
		if (s->stages[i].state == STAGE_FAILED)
			return true;
	return false;
}

enum guest_state status_state(const struct status *s)
{
	if (s->is_stopping)
		return GUEST_STOPPING;
	if (s->is_told_ready)
		return s->has_keys ? GUEST_READY : GUEST_ATTESTING;
	if (s->has_failed)
		return GUEST_DEGRADED;
	return has_failed_stage(s) ? GUEST_FAILED : GUEST_ATTESTING;
}

const char *status_state_name(enum guest_state state)
{
	static const char *const names[] = {
		[GUEST_ATTESTING] = "attesting", [GUEST_READY] = "ready",
		[GUEST_DEGRADED] = "degraded",	 [GUEST_FAILED] = "failed",
		[GUEST_STOPPING] = "stopping",
	};

	return names[state];
}

const char *status_stage_name(const struct status *s)
{
	for (size_t i = STAGE_COUNT; i-- > 0;)
		if (s->stages[i].state == STAGE_RUNNING || s->stages[i].state == STAGE_FAILED)
			return stage_names[i];
	return NULL;
}

uint64_t status_origin_us(const struct status *s)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < STAGE_COUNT; i++)
		if (s->stages[i].state != STAGE_WAITING && s->stages[i].start_us < first)
			first = s->stages[i].start_us;
	return first == UINT64_MAX ? 0 : first;
}

uint64_t status_duration_ms(const struct msg_stage *stage)
{
	uint64_t end = stage->end_us;

	if (stage->state == STAGE_SKIPPED || stage->state == STAGE_WAITING)
		return 0;
	if (!end && stage->state == STAGE_RUNNING)
		end = clock_boot_us();
	return end > stage->start_us ? (end - stage->start_us) / 1000 : 0;
}

/* What all open volumes have in common; NULL if they differ. */
static const char *common(const struct status *s, size_t offset)
{
	const char *found = "none", *field;
	bool is_first = true;

	for (size_t i = 0; i < s->volume_count; i++) {
		if (s->volumes[i].state != VOLUME_OPEN)
			continue;
		field = (const char *)&s->volumes[i] + offset;
		if (!is_first && strcmp(found, field) != 0)
			return NULL;
		found = field;
		is_first = false;
	}
	return found;
}

const char *status_integrity(const struct status *s)
{
	const char *found = common(s, offsetof(struct msg_volume, integrity));

	return found ? found : "mixed";
}

const char *status_rollback(const struct status *s)
{
	const char *found = common(s, offsetof(struct msg_volume, rollback));

	/* "none" and "session" are all there is: where they differ, one of them is "none". */
	return found ? found : "none";
}

bool status_modules_locked(const struct status *s)
{
	char digit = 0;

	return s->modules_fd >= 0 && pread(s->modules_fd, &digit, 1, 0) == 1 && digit == '1';
}
