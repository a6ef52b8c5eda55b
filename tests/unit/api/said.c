#include "tests/unit/api/said.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct ipc_msg said(uint16_t op, const void *body, size_t len)
{
	struct ipc_msg m = { .version = IPC_VERSION, .op = op, .length = (uint32_t)len };

	memcpy(m.body, body, len);
	return m;
}

void said_stage(struct status *s, enum stage stage, enum stage_state state, uint64_t start_us,
		uint64_t end_us, const char *text)
{
	struct msg_stage body = {
		.stage = stage, .state = state, .start_us = start_us, .end_us = end_us
	};
	struct ipc_msg m;
	struct err e;

	(void)snprintf(body.text, sizeof(body.text), "%s", text);
	m = said(MSG_STAGE, &body, sizeof(body));
	cr_assert_eq(status_take_stage(s, &m, &e), 0, "%s", e.text);
}

void said_failed(struct status *s, enum stage stage, enum err_kind kind, const char *text)
{
	struct msg_failed body = { .stage = stage, .kind = kind };
	struct ipc_msg m;
	struct err e;

	(void)snprintf(body.text, sizeof(body.text), "%s", text);
	m = said(MSG_FAILED, &body, sizeof(body));
	cr_assert_eq(status_take_failed(s, &m, &e), 0, "%s", e.text);
}

void said_trust(struct status *s, const char *tee)
{
	struct msg_trust body = { .config_measured = 1,
				  .config_source = "initdata",
				  .config_register = "HOST_DATA",
				  .config_digest = "sha256:00",
				  .log = "chain" };
	struct ipc_msg m;
	struct err e;

	(void)snprintf(body.tee, sizeof(body.tee), "%s", tee);
	m = said(MSG_TRUST, &body, sizeof(body));
	cr_assert_eq(status_take_trust(s, &m, &e), 0, "%s", e.text);
}

void said_finding(struct status *s, uint32_t index, enum finding_state state, const char *name,
		  const char *text)
{
	struct msg_finding body = { .index = index, .state = state };
	struct ipc_msg m;
	struct err e;

	(void)snprintf(body.name, sizeof(body.name), "%s", name);
	(void)snprintf(body.text, sizeof(body.text), "%s", text);
	m = said(MSG_FINDING, &body, sizeof(body));
	cr_assert_eq(status_take_finding(s, &m, &e), 0, "%s", e.text);
}

void said_volume(struct status *s, const char *name, const char *integrity, const char *rollback,
		 enum volume_state state)
{
	struct msg_volume body = {
		.device = "vdb", .size = UINT64_MAX, .epoch = 1, .created = 1, .state = state
	};
	struct ipc_msg m;
	struct err e;

	(void)snprintf(body.name, sizeof(body.name), "%s", name);
	(void)snprintf(body.mount, sizeof(body.mount), "/run/sealinit/volumes/%s", name);
	(void)snprintf(body.integrity, sizeof(body.integrity), "%s", integrity);
	(void)snprintf(body.rollback, sizeof(body.rollback), "%s", rollback);
	(void)snprintf(body.text, sizeof(body.text), "%s", state == VOLUME_FAILED ? "why" : "");
	body.session = strcmp(rollback, "session") ? 0 : UINT64_MAX;
	m = said(MSG_VOLUME, &body, sizeof(body));
	cr_assert_eq(status_take_volume(s, &m, &e), 0, "%s", e.text);
}
