#include "init/message.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define IS_TEXT(field) ipc_is_text(field, sizeof(field))
#define SEALS	       (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

typedef int check_fn(const struct ipc_msg *m, struct err *e);

static int refuse(const struct ipc_msg *m, const char *what, struct err *e)
{
	return FAIL(e, FAIL_INPUT, "message %u: %s", m->op, what);
}

static bool is_kind(uint32_t kind)
{
	return kind >= FAIL_AGAIN && kind <= FAIL_BUG;
}

/* Also a word of a command line: no '-' in front. */
static bool is_volume_name(const char *name)
{
	const char *at;

	for (at = name; *at; at++)
		if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
		      (*at >= '0' && *at <= '9') || (at > name && strchr("-_.", *at))))
			return false;
	return at > name;
}

/* boot and payload are stages of our own. */
static int check_stage(const struct ipc_msg *m, struct err *e)
{
	struct msg_stage s;

	if (ipc_body(m, &s, sizeof(s), e) < 0)
		return -(int)FAIL_INPUT;
	if (s.stage <= STAGE_BOOT || s.stage >= STAGE_PAYLOAD)
		return refuse(m, "not its stage", e);
	if (s.state <= STAGE_WAITING || s.state > STAGE_SKIPPED)
		return refuse(m, "unknown state", e);
	if (s.state == STAGE_RUNNING ? s.end_us != 0 : s.end_us < s.start_us)
		return refuse(m, "ends before it starts", e);
	if (s.state == STAGE_FAILED ? !is_kind(s.kind) : s.kind != 0)
		return refuse(m, "unknown kind", e);
	return IS_TEXT(s.text) ? 0 : refuse(m, "text", e);
}

/* `argc` words lie one behind the other, the first a path. */
static bool is_command(const struct msg_config *c)
{
	const char *at = c->argv, *end = c->argv + sizeof(c->argv);
	uint32_t i;

	if (c->argc < 1 || c->argc > LIMIT_ARGV || c->argv[0] != '/')
		return false;
	for (i = 0; i < c->argc && at; i++) {
		at = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
		if (at)
			at++;
	}
	return at != NULL;
}

static int check_config(const struct ipc_msg *m, struct err *e)
{
	struct msg_config c;

	if (ipc_body(m, &c, sizeof(c), e) < 0)
		return -(int)FAIL_INPUT;
	if (c.degraded > 1 || c.payload > PAYLOAD_EXEC)
		return refuse(m, "unknown value", e);
	if (c.payload == PAYLOAD_OCI && (!IS_TEXT(c.bundle) || c.bundle[0] != '/'))
		return refuse(m, "bundle", e);
	if (c.payload == PAYLOAD_EXEC && !is_command(&c))
		return refuse(m, "argv", e);
	return 0;
}

static int check_trust(const struct ipc_msg *m, struct err *e)
{
	struct msg_trust t;

	if (ipc_body(m, &t, sizeof(t), e) < 0)
		return -(int)FAIL_INPUT;
	if (t.config_measured > 1 || t.debug > 1)
		return refuse(m, "unknown value", e);
	if (!IS_TEXT(t.tee) || !IS_TEXT(t.config_source) || !IS_TEXT(t.config_register) ||
	    !IS_TEXT(t.config_digest) || !IS_TEXT(t.log))
		return refuse(m, "text", e);
	return 0;
}

static int check_empty(const struct ipc_msg *m, struct err *e)
{
	return m->length ? refuse(m, "a body", e) : 0;
}

static int check_finding(const struct ipc_msg *m, struct err *e)
{
	struct msg_finding f;

	if (ipc_body(m, &f, sizeof(f), e) < 0)
		return -(int)FAIL_INPUT;
	if (f.index >= LIMIT_FINDINGS || f.state < FINDING_ABSENT || f.state > FINDING_USED)
		return refuse(m, "unknown value", e);
	if (!f.name[0] || !IS_TEXT(f.name))
		return refuse(m, "name", e);
	return IS_TEXT(f.text) ? 0 : refuse(m, "text", e);
}

static int check_failed(const struct ipc_msg *m, struct err *e)
{
	struct msg_failed f;

	if (ipc_body(m, &f, sizeof(f), e) < 0)
		return -(int)FAIL_INPUT;
	if (f.stage >= STAGE_COUNT || !is_kind(f.kind))
		return refuse(m, "unknown value", e);
	return IS_TEXT(f.text) ? 0 : refuse(m, "text", e);
}

static int check_volume_start(const struct ipc_msg *m, struct err *e)
{
	struct msg_volume_start v;

	if (ipc_body(m, &v, sizeof(v), e) < 0)
		return -(int)FAIL_INPUT;
	return IS_TEXT(v.name) && is_volume_name(v.name) ? 0 : refuse(m, "name", e);
}

static int check_gpu_start(const struct ipc_msg *m, struct err *e)
{
	struct msg_gpu_start s;

	if (ipc_body(m, &s, sizeof(s), e) < 0)
		return -(int)FAIL_INPUT;
	return s.action == GPU_COLLECT || s.action == GPU_SET_READY ? 0
								    : refuse(m, "unknown value", e);
}

/* A session goes with an anchor that holds it, and with that alone. */
static bool is_held_right(const struct msg_volume *v)
{
	return !strcmp(v->rollback, v->session ? "session" : "none");
}

static int check_volume(const struct ipc_msg *m, struct err *e)
{
	struct msg_volume v;

	if (m->status)
		return 0;
	if (ipc_body(m, &v, sizeof(v), e) < 0)
		return -(int)FAIL_INPUT;
	if (v.created > 1 || (v.state != VOLUME_OPEN && v.state != VOLUME_FAILED))
		return refuse(m, "unknown value", e);
	if (v.state == VOLUME_FAILED && !is_kind(v.kind))
		return refuse(m, "kind", e);
	/* A run that failed before it got its keys doesn't know its name: guest.h has it. */
	if (!IS_TEXT(v.name) || (v.state == VOLUME_OPEN && !is_volume_name(v.name)))
		return refuse(m, "name", e);
	if (!IS_TEXT(v.mount) || (v.state == VOLUME_OPEN && v.mount[0] != '/'))
		return refuse(m, "mount", e);
	if (!IS_TEXT(v.device) || !IS_TEXT(v.integrity) || !IS_TEXT(v.rollback) || !IS_TEXT(v.text))
		return refuse(m, "text", e);
	return v.state == VOLUME_OPEN && !is_held_right(&v) ? refuse(m, "rollback", e) : 0;
}

struct rule {
	enum program_id from;
	uint16_t op;
	bool has_fd;   /* a sealed memfd must come along, or nothing may */
	bool may_fail; /* may carry a status                              */
	check_fn *check;
};

static const struct rule rules[] = {
	{ PROGRAM_ATTEST, MSG_STAGE, false, false, check_stage },
	{ PROGRAM_ATTEST, MSG_CONFIG, true, false, check_config },
	{ PROGRAM_ATTEST, MSG_TRUST, false, false, check_trust },
	{ PROGRAM_ATTEST, MSG_FINDING, false, false, check_finding },
	{ PROGRAM_ATTEST, MSG_READY, false, false, check_empty },
	{ PROGRAM_ATTEST, MSG_FAILED, false, false, check_failed },
	{ PROGRAM_ATTEST, MSG_VOLUME_START, false, false, check_volume_start },
	{ PROGRAM_ATTEST, MSG_GPU_START, false, false, check_gpu_start },
	{ PROGRAM_STORAGE, MSG_VOLUME, false, true, check_volume },
};

static const struct rule *find_rule(enum program_id from, uint16_t op)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rules); i++)
		if (rules[i].from == from && rules[i].op == op)
			return &rules[i];
	return NULL;
}

static int check_fd(const struct ipc_msg *m, bool wanted, int fd, struct err *e)
{
	int seals;

	if (!wanted)
		return fd < 0 ? 0 : refuse(m, "a descriptor", e);
	if (fd < 0)
		return refuse(m, "no descriptor", e);
	seals = fcntl(fd, F_GET_SEALS);
	return seals >= 0 && (seals & SEALS) == SEALS ? 0 : refuse(m, "not a sealed memfd", e);
}

int message_check(enum program_id from, const struct ipc_msg *m, int fd, struct err *e)
{
	const struct rule *rule = find_rule(from, m->op);

	if (!rule)
		return refuse(m, "not its to send", e);
	if (m->status && !rule->may_fail)
		return refuse(m, "a status", e);
	if (check_fd(m, rule->has_fd, fd, e) < 0)
		return -(int)FAIL_INPUT;
	return rule->check(m, e);
}
