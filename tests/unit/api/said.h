/* What PID 1 says, for tests. */
#pragma once

#include "api/status.h"

/* A message with this body. */
struct ipc_msg said(uint16_t op, const void *body, size_t len);

void said_stage(struct status *s, enum stage stage, enum stage_state state, uint64_t start_us,
		uint64_t end_us, const char *text);
void said_failed(struct status *s, enum stage stage, enum err_kind kind, const char *text);
void said_trust(struct status *s, const char *tee);
void said_finding(struct status *s, uint32_t index, enum finding_state state, const char *name,
		  const char *text);
void said_volume(struct status *s, const char *name, const char *integrity, const char *rollback,
		 enum volume_state state);
