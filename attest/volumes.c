#include "attest/volumes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/key/derive.h"
#include "attest/tell.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/messages.h"

/* One volume's. */
struct turn {
	const struct volumes_way *way;
	const struct config_volume *v;
	uint32_t id;
	uint64_t deadline_ms;
	uint64_t anchor; /* 0: it wants none */
	uint8_t anchor_id[ANCHOR_ID_BYTES];
};

static uint64_t sooner(uint64_t limit_ms, uint64_t deadline_ms)
{
	uint64_t own_ms = deadline_in(limit_ms);

	return own_ms < deadline_ms ? own_ms : deadline_ms;
}

/* The next message for this volume. While a volume opens, PID 1 has nothing else to say to us. */
static int receive(const struct turn *t, struct ipc_msg *m, int *ret_fd, struct err *e)
{
	int failed = ipc_recv(t->way->answers, t->deadline_ms, m, ret_fd, e);

	if (failed)
		return failed;
	if ((m->op != MSG_VOLUME_START && m->op != MSG_VOLUME) || m->id != t->id) {
		fd_done(ret_fd);
		return FAIL(e, FAIL_INPUT, "message %u of id %u in between", m->op, m->id);
	}
	return m->status ? ipc_failure(m, e) : 0;
}

static int read_anchor(struct turn *t, struct err *e)
{
	const struct anchor *a = t->way->anchor;
	uint64_t now = 0;
	int failed;

	if (t->v->rollback == ROLLBACK_NONE)
		return 0;
	if (!a)
		return FAIL(e, FAIL_DENIED, "no anchor here: a TPM is missing");
	failed = a->read(a->ctx, t->v->name, sooner(LIMIT_ANCHOR_MS, t->deadline_ms), &now,
			 t->anchor_id, e);
	if (failed)
		return err_add(e, "reading its anchor");
	/* To storage, 0 would mean that it isn't held at all. */
	if (!now || now == UINT64_MAX)
		return FAIL(e, FAIL_FORGED, "its anchor says %" PRIu64 ", which can't be", now);
	t->anchor = now;
	return 0;
}

/* Until the anchor has followed, this very disk could be put back and would open again. */
static int raise_anchor(const struct turn *t, uint64_t session, struct err *e)
{
	const struct anchor *a = t->way->anchor;
	uint64_t now = 0;
	int failed = a->raise(a->ctx, t->v->name, sooner(LIMIT_ANCHOR_MS, t->deadline_ms), &now, e);

	if (failed)
		return err_add(e, "raising its anchor");
	if (now != session)
		return FAIL(e, FAIL_FORGED,
			    "its anchor went from %" PRIu64 " to %" PRIu64 ", not to %" PRIu64,
			    t->anchor, now, session);
	return 0;
}

static int hold(const struct turn *t, uint64_t session, bool was_open, struct err *e)
{
	if (session == t->anchor && (was_open || !t->anchor))
		return 0;
	if (!t->anchor || session != t->anchor + 1)
		return FAIL(e, FAIL_FORGED,
			    "opened in session %" PRIu64 ", its anchor says %" PRIu64, session,
			    t->anchor);
	return raise_anchor(t, session, e);
}

static int send_keys(const struct turn *t, int pair, const struct volume_keys *keys, struct err *e)
{
	const struct config_volume *v = t->v;
	AUTO_SECRET struct secret room = SECRET_EMPTY;
	struct msg_volume_open *m;
	int failed = secret_init(&room, sizeof(*m), e);

	if (failed)
		return failed;
	m = (struct msg_volume_open *)room.at;
	memcpy(m->name, v->name, sizeof(m->name));
	memcpy(m->device, v->device, sizeof(m->device));
	memcpy(m->mount, v->mount, sizeof(m->mount));
	m->create = v->create;
	m->uid = v->uid;
	m->gid = v->gid;
	m->mode = v->mode;
	m->epoch = DERIVE_EPOCH;
	m->anchor = t->anchor;
	memcpy(m->anchor_id, t->anchor_id, sizeof(m->anchor_id));
	memcpy(m->wrap_key, keys->wrap, sizeof(m->wrap_key));
	memcpy(m->mac_key, keys->mac, sizeof(m->mac_key));
	return ipc_send(pair, MSG_VOLUME_OPEN, t->id, secret_view(&room), -1, e);
}

static int check_result(const struct turn *t, const struct ipc_msg *m, bool was_open, struct err *e)
{
	const struct volumes_way *way = t->way;
	struct msg_volume result;
	int failed;

	if (ipc_body(m, &result, sizeof(result), e) < 0)
		return -(int)FAIL_INPUT;
	if (!ipc_is_text(result.name, sizeof(result.name)) ||
	    !ipc_is_text(result.text, sizeof(result.text)) || strcmp(result.name, t->v->name) != 0)
		return FAIL(e, FAIL_INPUT, "a result for another volume");
	if (result.state != VOLUME_OPEN)
		return FAIL(e, FAIL_INPUT, "a result that is no opening");
	failed = hold(t, result.session, was_open, e);
	if (failed)
		return failed;
	return way->opened ? way->opened(way->ctx, &result, e) : 0;
}

static int open_one(struct turn *t, const struct volume_keys *keys, struct err *e)
{
	struct msg_volume_start start = { .name = "" };
	struct ipc_msg m;
	AUTO_FD int pair = -1;
	/* Before a storage run waits for its keys. */
	int failed = read_anchor(t, e);

	if (failed)
		return failed;
	memcpy(start.name, t->v->name, sizeof(start.name));
	failed = tell(t->way->control, MSG_VOLUME_START, t->id, span(&start, sizeof(start)), -1, e);
	if (!failed)
		failed = receive(t, &m, &pair, e);
	if (failed || m.op == MSG_VOLUME)
		return failed ? failed : check_result(t, &m, true, e);
	if (pair < 0)
		return FAIL(e, FAIL_INPUT, "no key pair came along");
	failed = send_keys(t, pair, keys, e);
	if (failed)
		return failed;
	fd_done(&pair);
	failed = receive(t, &m, &pair, e);
	if (failed)
		return failed;
	if (m.op != MSG_VOLUME)
		return FAIL(e, FAIL_INPUT, "a key pair twice");
	return check_result(t, &m, false, e);
}

int volumes_open(const struct volumes_way *way, const struct config *config,
		 const struct keys *keys, uint64_t deadline_ms, char *ret_text, size_t size,
		 struct err *e)
{
	const struct volume_keys *k = (const struct volume_keys *)keys->volumes.at;
	size_t used = 0;

	*ret_text = 0;
	for (size_t i = 0; i < config->volume_count; i++) {
		struct turn t = { .way = way,
				  .v = &config->volumes[i],
				  .id = (uint32_t)i + 1,
				  .deadline_ms = sooner(VOLUMES_ONE_MS, deadline_ms) };

		if (open_one(&t, &k[i], e) < 0)
			return err_add(e, "volume %s", t.v->name);
		if (used < size)
			used += (size_t)snprintf(ret_text + used, size - used, "%s%s",
						 i ? ", " : "", t.v->name);
	}
	return 0;
}
