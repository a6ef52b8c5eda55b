#include "attest/volumes.h"

#include <stdio.h>
#include <string.h>

#include "attest/key/derive.h"
#include "attest/tell.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/messages.h"

/* The next message for this volume. While a volume opens, PID 1 has nothing else to say to us. */
static int receive(const struct volumes_way *way, uint32_t id, uint64_t deadline_ms,
		   struct ipc_msg *m, int *ret_fd, struct err *e)
{
	int failed = ipc_recv(way->answers, deadline_ms, m, ret_fd, e);

	if (failed)
		return failed;
	if ((m->op != MSG_VOLUME_START && m->op != MSG_VOLUME) || m->id != id) {
		fd_done(ret_fd);
		return FAIL(e, FAIL_INPUT, "message %u of id %u in between", m->op, m->id);
	}
	return m->status ? ipc_failure(m, e) : 0;
}

static int send_keys(int pair, uint32_t id, const struct config_volume *v,
		     const struct volume_keys *keys, struct err *e)
{
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
	memcpy(m->wrap_key, keys->wrap, sizeof(m->wrap_key));
	memcpy(m->mac_key, keys->mac, sizeof(m->mac_key));
	return ipc_send(pair, MSG_VOLUME_OPEN, id, secret_view(&room), -1, e);
}

static int check_result(const struct volumes_way *way, const struct ipc_msg *m,
			const struct config_volume *v, struct err *e)
{
	struct msg_volume result;

	if (ipc_body(m, &result, sizeof(result), e) < 0)
		return -(int)FAIL_INPUT;
	if (!ipc_is_text(result.name, sizeof(result.name)) ||
	    !ipc_is_text(result.text, sizeof(result.text)) || strcmp(result.name, v->name) != 0)
		return FAIL(e, FAIL_INPUT, "a result for another volume");
	if (result.state != VOLUME_OPEN)
		return FAIL(e, FAIL_SYS, "%s", *result.text ? result.text : "did not open");
	return way->opened ? way->opened(way->ctx, &result, e) : 0;
}

static int open_one(const struct volumes_way *way, uint32_t id, const struct config_volume *v,
		    const struct volume_keys *keys, uint64_t deadline_ms, struct err *e)
{
	struct msg_volume_start start = { .name = "" };
	struct ipc_msg m;
	AUTO_FD int pair = -1;
	int failed;

	memcpy(start.name, v->name, sizeof(start.name));
	failed = tell(way->control, MSG_VOLUME_START, id, span(&start, sizeof(start)), -1, e);
	if (!failed)
		failed = receive(way, id, deadline_ms, &m, &pair, e);
	if (failed || m.op == MSG_VOLUME)
		return failed ? failed : check_result(way, &m, v, e);
	if (pair < 0)
		return FAIL(e, FAIL_INPUT, "no key pair came along");
	failed = send_keys(pair, id, v, keys, e);
	if (failed)
		return failed;
	fd_done(&pair);
	failed = receive(way, id, deadline_ms, &m, &pair, e);
	if (failed)
		return failed;
	if (m.op != MSG_VOLUME)
		return FAIL(e, FAIL_INPUT, "a key pair twice");
	return check_result(way, &m, v, e);
}

int volumes_open(const struct volumes_way *way, const struct config *config,
		 const struct keys *keys, uint64_t deadline_ms, char *ret_text, size_t size,
		 struct err *e)
{
	const struct volume_keys *k = (const struct volume_keys *)keys->volumes.at;
	size_t used = 0;

	*ret_text = 0;
	for (size_t i = 0; i < config->volume_count; i++) {
		const struct config_volume *v = &config->volumes[i];
		uint64_t one_ms = deadline_in(VOLUMES_ONE_MS);

		if (open_one(way, (uint32_t)i + 1, v, &k[i],
			     one_ms < deadline_ms ? one_ms : deadline_ms, e) < 0)
			return err_add(e, "volume %s", v->name);
		if (used < size)
			used += (size_t)snprintf(ret_text + used, size - used, "%s%s",
						 i ? ", " : "", v->name);
	}
	return 0;
}
