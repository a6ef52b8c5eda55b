#include "tests/unit/init/said.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"

const struct ending crash = { true, SIGSEGV };
const struct ending killed = { true, SIGKILL };
const struct ending clean = { false, 0 };
const struct ending failed = { false, 1 };

struct fake *said_started(void)
{
	struct fake *f = fake_new();

	guest_start(&f->guest, "ready to go");
	guest_tick(&f->guest);
	return f;
}

void say_stage(struct fake *f, enum stage stage, enum stage_state state)
{
	struct msg_stage s = { .stage = stage, .state = state, .start_us = f->now_us };

	s.end_us = state == STAGE_RUNNING ? 0 : f->now_us;
	s.kind = state == STAGE_FAILED ? FAIL_DENIED : 0;
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_STAGE, 0, span(&s, sizeof(s)), -1);
}

void say_config(struct fake *f, bool degraded, enum payload_kind payload)
{
	struct msg_config c = { .degraded = degraded, .payload = payload };
	struct err e = { 0 };
	AUTO_FD int fd = fd_seal_bytes("document", span_text("measured"), &e);

	memcpy(c.bundle, "/pod", 5);
	memcpy(c.argv, "/bin/x", 7);
	c.argc = 1;
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_CONFIG, 0, span(&c, sizeof(c)), fd);
}

void say_ready(struct fake *f)
{
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_READY, 0, SPAN_EMPTY, -1);
}

void say_failed(struct fake *f, enum err_kind kind)
{
	const struct msg_failed m = { STAGE_BROKER, kind, "broker says no" };

	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_FAILED, 0, span(&m, sizeof(m)), -1);
}

void say_start(struct fake *f, uint32_t id, const char *name)
{
	struct msg_volume_start s = { .name = "" };

	(void)snprintf(s.name, sizeof(s.name), "%s", name);
	fake_say(f, fake_child(f, PROGRAM_ATTEST), MSG_VOLUME_START, id, span(&s, sizeof(s)), -1);
}

static struct msg_volume result(const char *name, enum volume_state state)
{
	struct msg_volume v = { .rollback = "none", .state = state };

	(void)snprintf(v.name, sizeof(v.name), "%s", name);
	(void)snprintf(v.mount, sizeof(v.mount), "/run/sealinit/volumes/%s", name);
	if (state == VOLUME_FAILED)
		(void)snprintf(v.text, sizeof(v.text), "not what was sealed");
	v.kind = state == VOLUME_FAILED ? FAIL_FORGED : 0;
	return v;
}

void say_result(struct fake *f, const char *name, enum volume_state state)
{
	const struct msg_volume v = result(name, state);

	fake_say(f, fake_child(f, PROGRAM_STORAGE), MSG_VOLUME, 0, span(&v, sizeof(v)), -1);
}

struct fake *said_ready(enum payload_kind payload)
{
	struct fake *f = said_started();

	say_config(f, false, payload);
	say_ready(f);
	return f;
}

void said_to_end(struct fake *f)
{
	int i, round;

	for (round = 0; round < FAKE_CHILDREN && !f->power_offs; round++)
		for (i = 0; i < f->count; i++)
			fake_end(f, &f->children[i], clean);
}
