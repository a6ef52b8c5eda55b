#include "init/timeline.h"

#include <stdio.h>
#include <string.h>

void timeline_stage(struct timeline *t, const struct msg_stage *said)
{
	if (said->stage < STAGE_COUNT)
		t->stages[said->stage] = *said;
}

void timeline_finding(struct timeline *t, const struct msg_finding *said)
{
	if (said->index < LIMIT_FINDINGS)
		t->findings[said->index] = *said;
}

int timeline_volume(struct timeline *t, const struct msg_volume *said, struct err *e)
{
	size_t i;

	for (i = 0; i < t->volume_count; i++)
		if (!strcmp(t->volumes[i].name, said->name))
			break;
	if (i == LIMIT_VOLUMES)
		return FAIL(e, FAIL_LIMIT, "more than %d volumes", LIMIT_VOLUMES);
	t->volumes[i] = *said;
	if (i == t->volume_count)
		t->volume_count++;
	return 0;
}

static uint64_t elapsed_ms(const struct msg_stage *s)
{
	return s->end_us > s->start_us ? (s->end_us - s->start_us) / 1000 : 0;
}

uint64_t timeline_stage_ms(const struct timeline *t, enum stage stage)
{
	const struct msg_stage *s = &t->stages[stage];

	return s->state == STAGE_DONE ? elapsed_ms(s) : 0;
}

bool timeline_line(const struct msg_stage *said, char *ret, size_t size)
{
	const char *name = said->stage < STAGE_COUNT ? stage_names[said->stage] : "?";
	const char *colon = said->text[0] ? ": " : "";
	unsigned long long ms = elapsed_ms(said);

	*ret = 0;
	if (said->state == STAGE_DONE)
		(void)snprintf(ret, size, "stage %s done in %llu ms%s%s", name, ms, colon,
			       said->text);
	else if (said->state == STAGE_FAILED)
		(void)snprintf(ret, size, "stage %s failed after %llu ms%s%s", name, ms, colon,
			       said->text);
	else if (said->state == STAGE_SKIPPED)
		(void)snprintf(ret, size, "stage %s skipped%s%s", name, colon, said->text);
	return *ret != 0;
}

int timeline_send(const struct timeline *t, int sock, struct err *e)
{
	size_t i;
	int failed = 0;

	for (i = 0; i < STAGE_COUNT && !failed; i++)
		if (t->stages[i].state != STAGE_WAITING)
			failed = ipc_send(sock, MSG_STAGE, 0,
					  span(&t->stages[i], sizeof(t->stages[i])), -1, e);
	if (!failed && t->has_trust)
		failed = ipc_send(sock, MSG_TRUST, 0, span(&t->trust, sizeof(t->trust)), -1, e);
	for (i = 0; i < LIMIT_FINDINGS && !failed; i++)
		if (t->findings[i].state)
			failed = ipc_send(sock, MSG_FINDING, 0,
					  span(&t->findings[i], sizeof(t->findings[i])), -1, e);
	for (i = 0; i < t->volume_count && !failed; i++)
		failed = ipc_send(sock, MSG_VOLUME, 0, span(&t->volumes[i], sizeof(t->volumes[i])),
				  -1, e);
	if (!failed && t->has_failed)
		failed =
			ipc_send(sock, MSG_FAILED, 0, span(&t->failure, sizeof(t->failure)), -1, e);
	if (!failed && t->is_ready)
		failed = ipc_send(sock, MSG_READY, 0, SPAN_EMPTY, -1, e);
	return failed;
}
