/* What was said about this boot, kept so that an API that starts again hears it all again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/messages.h"

struct timeline {
	struct msg_stage stages[STAGE_COUNT];
	struct msg_trust trust;
	struct msg_finding findings[LIMIT_FINDINGS]; /* state 0: nothing heard */
	struct msg_volume volumes[LIMIT_VOLUMES];
	struct msg_failed failure;
	size_t volume_count;
	bool has_trust, has_failed, is_ready;
};

/* The stage's last word counts. */
void timeline_stage(struct timeline *t, const struct msg_stage *said);

/* By index, which message_check() has checked; its last word counts. */
void timeline_finding(struct timeline *t, const struct msg_finding *said);

/* By name; the volume's last word counts. -FAIL_LIMIT. */
int timeline_volume(struct timeline *t, const struct msg_volume *said, struct err *e);

/* Milliseconds of a stage that is done; 0 otherwise. */
uint64_t timeline_stage_ms(const struct timeline *t, enum stage stage);

/* "stage NAME done in N ms: TEXT" for a stage that has ended; false, `ret` empty, while it runs. */
bool timeline_line(const struct msg_stage *said, char *ret, size_t size);

/* Sends everything: stages that have begun, trust, findings, volumes, ready or failed. As
 * ipc_send(). */
int timeline_send(const struct timeline *t, int sock, struct err *e);
