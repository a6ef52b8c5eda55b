#include "tests/unit/attest/fake_boot.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "tests/support/scratch.h"

struct fake_world fake_world;
static struct kbs_io kbs_io;

static int fake_net_up(const struct config_net *net, uint64_t deadline_ms, char *ret_text,
		       size_t size, struct err *e)
{
	(void)net;
	cr_assert_gt(deadline_left(deadline_ms), 0);
	fake_world.nets++;
	if (fake_world.net_fails)
		return FAIL(e, (enum err_kind)fake_world.net_fails, "no default route");
	(void)snprintf(ret_text, size, "fake0");
	return 0;
}

static int fake_drop(struct err *e)
{
	(void)e;
	fake_world.drops++;
	return 0;
}

static int fake_kbs_new(const struct kbs_config *config, const char *tee, struct span initdata_toml,
			const struct kbs_io *io, struct kbs **ret, struct err *e)
{
	if (fake_world.broker_fails)
		return FAIL(e, (enum err_kind)fake_world.broker_fails, "bad %s", config->url);
	(void)snprintf(fake_world.tee, sizeof(fake_world.tee), "%s", tee);
	fake_world.initdata = initdata_toml;
	kbs_io = *io;
	*ret = (struct kbs *)&kbs_io;
	return 0;
}

static int ask_for_evidence(uint64_t deadline_ms, struct err *e)
{
	static const uint8_t digest[48] = "a digest of 48 bytes";
	AUTO_JSON cJSON *json = NULL, *devices = NULL;
	int failed = 0;

	if (kbs_io.devices)
		failed = kbs_io.devices(kbs_io.ctx, span(digest, sizeof(digest)), deadline_ms,
					&devices, e);
	if (failed)
		return failed;
	cJSON_free(fake_world.additional);
	fake_world.additional = devices ? cJSON_PrintUnformatted(devices) : NULL;
	return kbs_io.evidence(kbs_io.ctx, span(digest, sizeof(digest)), deadline_ms, &json, e);
}

static int fake_fetch(struct kbs *k, const char *path, uint64_t deadline_ms, struct secret *ret,
		      struct err *e)
{
	int failed = 0;

	cr_assert_eq(k, (struct kbs *)&kbs_io);
	(void)snprintf(fake_world.fetched, sizeof(fake_world.fetched), "%s", path);
	if (fake_world.asks_evidence)
		failed = ask_for_evidence(deadline_ms, e);
	if (failed)
		return failed;
	if (fake_world.fetch_fails)
		return err_set(e, (enum err_kind)fake_world.fetch_fails, fake_world.fetch_sys,
			       __func__, "the broker says %d", fake_world.fetch_fails);
	failed = secret_init(ret, fake_world.secret_len, e);
	for (size_t i = 0; !failed && i < fake_world.secret_len; i++)
		ret->at[i] = (uint8_t)i;
	return failed;
}

static struct kbs_counts fake_counts(const struct kbs *k)
{
	(void)k;
	return (struct kbs_counts){ .round_trips = 4, .evidence_requests = 1, .waiting_us = 7000 };
}

static void fake_free(struct kbs *k)
{
	(void)k;
	fake_world.frees++;
}

static const struct boot_ops fakes = {
	.net_up = fake_net_up,
	.drop_privilege = fake_drop,
	.kbs_new = fake_kbs_new,
	.kbs_fetch = fake_fetch,
	.kbs_counts = fake_counts,
	.kbs_free = fake_free,
};

void fake_boot_init(struct fake_boot *fake, const char *json)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "config", O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);
	int pair[2], life = memfd_create("life", MFD_CLOEXEC);
	int eventlog = memfd_create("eventlog", MFD_CLOEXEC);

	cJSON_free(fake_world.additional);
	fake_world = (struct fake_world){ .secret_len = 32 };
	cr_assert_eq(fd_write_all(fd, span_text(json), NULL), 0);
	cr_assert_eq(ftruncate(life, 4096), 0);
	cr_assert_eq(ftruncate(eventlog, LIMIT_OWN_LOG_BYTES), 0);
	cr_assert_eq(ipc_pair(pair, NULL), 0);
	*fake = (struct fake_boot){ .init = pair[1] };
	(void)snprintf(fake->path, sizeof(fake->path), "%s/config", scratch_path());
	fake->boot = (struct boot){
		.ops = &fakes,
		.control = pair[0],
		.answers = pair[0],
		.life = life,
		.eventlog = eventlog,
		.dev = EVIDENCE_NO_DEVICES,
		.source = { -1, -1, fake->path },
	};
}

void fake_boot_done(struct fake_boot *fake)
{
	cJSON_free(fake_world.additional);
	fake_world.additional = NULL;
	boot_done(&fake->boot);
	fd_done(&fake->boot.control);
	fd_done(&fake->boot.life);
	fd_done(&fake->boot.eventlog);
	fd_done(&fake->init);
}

struct ipc_msg fake_boot_hears(struct fake_boot *fake, uint16_t op, int *ret_fd)
{
	struct ipc_msg m;
	struct err e = { 0 };
	AUTO_FD int fd = -1;

	cr_assert_eq(ipc_recv(fake->init, deadline_in(5000), &m, &fd, &e), 0, "%s", e.text);
	cr_assert_eq(m.op, op, "message %u, not %u", m.op, op);
	if (ret_fd)
		*ret_fd = fd_take(&fd);
	return m;
}

struct msg_stage fake_boot_hears_stage(struct fake_boot *fake, enum stage stage,
				       enum stage_state state)
{
	struct ipc_msg m = fake_boot_hears(fake, MSG_STAGE, NULL);
	struct msg_stage s;

	cr_assert_eq(ipc_body(&m, &s, sizeof(s), NULL), 0);
	cr_assert_eq(s.stage, stage, "stage %u, not %u", s.stage, stage);
	cr_assert_eq(s.state, state, "stage %u: state %u, not %u (%s)", s.stage, s.state, state,
		     s.text);
	cr_assert_gt(s.start_us, 0);
	if (state == STAGE_RUNNING)
		cr_assert_eq(s.end_us, 0);
	else
		cr_assert_geq(s.end_us, s.start_us);
	cr_assert(ipc_is_text(s.text, sizeof(s.text)));
	return s;
}
