/* The volumes stage, with the test as PID 1 and as storage. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest/eventlog/ownlog.h"
#include "attest/events.h"
#include "attest/key/derive.h"
#include "attest/volumes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/messages.h"

enum manner {
	OPENS,
	IS_OPEN,       /* already, so PID 1 answers at once   */
	STORAGE_FAILS, /* by an ipc status                    */
	STATE_FAILED,  /* by the result's own state           */
	START_FAILS,   /* PID 1 can't start it                */
	NO_PAIR,
	PAIR_TWICE,
	OTHER_VOLUME,
	OTHER_ID,
	OTHER_MESSAGE,
	SHORT_RESULT,
	SILENT,
	GONE,
};

struct init {
	int control;
	enum manner manner;
	uint64_t session;	    /* what storage answers */
	struct msg_volume_open got; /* what storage was given */
	bool has_got;
};

/* Who did what, a letter each: Started, Answered, Read, Up, Event. Every one of them waits for a
 * message of the one before. */
static char order[16];

static void note(char what)
{
	size_t at = strlen(order);

	cr_assert_lt(at, sizeof(order) - 1);
	order[at] = what;
}

static void send_result(struct init *init, uint32_t id, const char *name, uint32_t state)
{
	struct msg_volume v = { .size = 7, .session = init->session, .state = state };

	(void)snprintf(v.name, sizeof(v.name), "%s", name);
	note('A');
	(void)ipc_send(init->control, MSG_VOLUME, id,
		       span(&v, init->manner == SHORT_RESULT ? sizeof(v) - 1 : sizeof(v)), -1,
		       NULL);
}

static void give_pair(struct init *init, uint32_t id)
{
	struct ipc_msg m;
	int pair[2];
	AUTO_FD int stray = -1;

	cr_assert_eq(ipc_pair(pair, NULL), 0);
	(void)ipc_send(init->control, MSG_VOLUME_START, id, SPAN_EMPTY, pair[1], NULL);
	fd_done(&pair[1]);
	if (ipc_recv(pair[0], deadline_in(3000), &m, &stray, NULL) == 0 && m.op == MSG_VOLUME_OPEN)
		init->has_got = ipc_body(&m, &init->got, sizeof(init->got), NULL) == 0;
	fd_done(&pair[0]);
}

static void answer(struct init *init, const struct ipc_msg *question)
{
	struct msg_volume_start start;
	struct err why = { 0 };

	cr_assert_eq(ipc_body(question, &start, sizeof(start), NULL), 0);
	note('S');
	(void)FAIL(&why, FAIL_FORGED, "the head's tag does not match");
	switch (init->manner) {
	case SILENT:
		return;
	case GONE:
		(void)shutdown(init->control, SHUT_RDWR);
		return;
	case IS_OPEN:
		send_result(init, question->id, start.name, VOLUME_OPEN);
		return;
	case START_FAILS:
		(void)ipc_send_failure(init->control, MSG_VOLUME_START, question->id, &why, NULL);
		return;
	case NO_PAIR:
		(void)ipc_send(init->control, MSG_VOLUME_START, question->id, SPAN_EMPTY, -1, NULL);
		return;
	case OTHER_MESSAGE:
		(void)ipc_send(init->control, MSG_READY, question->id, SPAN_EMPTY, -1, NULL);
		return;
	default:
		break;
	}
	give_pair(init, question->id);
	if (init->manner == PAIR_TWICE)
		give_pair(init, question->id);
	else if (init->manner == STORAGE_FAILS)
		(void)ipc_send_failure(init->control, MSG_VOLUME, question->id, &why, NULL);
	else
		send_result(init, question->id + (init->manner == OTHER_ID),
			    init->manner == OTHER_VOLUME ? "other" : start.name,
			    init->manner == STATE_FAILED ? VOLUME_FAILED : VOLUME_OPEN);
}

static void *serve(void *arg)
{
	struct init *init = arg;
	struct ipc_msg m;

	for (;;) {
		AUTO_FD int fd = -1;

		if (ipc_recv(init->control, deadline_in(10000), &m, &fd, NULL) < 0)
			return NULL;
		answer(init, &m);
	}
}

struct row {
	int manner;
	int want;
	int has_got;
	char says[48];
};

ParameterizedTestParameters(service_volumes, opens_or_says_why_not)
{
	static struct row rows[] = {
		{ OPENS, 0, 1, "" },
		{ IS_OPEN, 0, 0, "" },
		{ STORAGE_FAILS, -FAIL_FORGED, 1, "volume data: the head's tag" },
		{ STATE_FAILED, -FAIL_INPUT, 1, "no opening" },
		{ START_FAILS, -FAIL_FORGED, 0, "volume data: the head's tag" },
		{ NO_PAIR, -FAIL_INPUT, 0, "no key pair" },
		{ PAIR_TWICE, -FAIL_INPUT, 1, "twice" },
		{ OTHER_VOLUME, -FAIL_INPUT, 1, "another volume" },
		{ OTHER_ID, -FAIL_INPUT, 1, "in between" },
		{ OTHER_MESSAGE, -FAIL_INPUT, 0, "in between" },
		{ SHORT_RESULT, -FAIL_INPUT, 1, "body of" },
		{ SILENT, -FAIL_AGAIN, 0, "in time" },
		{ GONE, -FAIL_SYS, 0, "gone" },
	};
	return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct row *row, service_volumes, opens_or_says_why_not, .timeout = 20)
{
	struct config config = { .volume_count = 1,
				 .volumes = { { .name = "data",
						.device = "serial:data",
						.mount = "/mnt/data",
						.create = VOLUME_IF_BLANK,
						.uid = 1,
						.gid = 2,
						.mode = 0750 } } };
	__attribute__((cleanup(keys_done))) struct keys keys = KEYS_EMPTY;
	struct init init = { .manner = (enum manner)row->manner };
	struct volumes_way way;
	pthread_t thread;
	uint8_t root[32] = { 9 };
	char text[80] = "";
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	way = (struct volumes_way){ .control = pair[0], .answers = pair[0] };
	init.control = pair[1];
	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &keys, &e), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, &init), 0);
	cr_expect_eq(volumes_open(&way, &config, &keys,
				  deadline_in(row->manner == SILENT ? 200 : 5000), text,
				  sizeof(text), &e),
		     row->want, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	fd_done(&pair[0]);
	pthread_join(thread, NULL);
	fd_done(&pair[1]);
	cr_expect_eq(init.has_got, row->has_got);
	if (!row->want)
		cr_expect_str_eq(text, "data");
	if (!row->has_got)
		return;
	cr_expect_str_eq(init.got.device, "serial:data");
	cr_expect_str_eq(init.got.mount, "/mnt/data");
	cr_expect_eq(init.got.create, VOLUME_IF_BLANK);
	cr_expect_eq(init.got.mode, 0750);
	cr_expect_eq(init.got.epoch, DERIVE_EPOCH);
	cr_expect_eq(init.got.anchor, 0);
	cr_expect_arr_eq(init.got.wrap_key, keys.volumes.at, 32);
	cr_expect_arr_eq(init.got.mac_key, keys.volumes.at + 32, 32);
}

Test(service_volumes, opens_them_in_their_order, .timeout = 20)
{
	struct config config = { .volume_count = 2,
				 .volumes = { { .name = "data" }, { .name = "logs" } } };
	__attribute__((cleanup(keys_done))) struct keys keys = KEYS_EMPTY;
	struct init init = { .manner = OPENS };
	pthread_t thread;
	uint8_t root[32] = { 9 };
	char text[80];
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	init.control = pair[1];
	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &keys, &e), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, &init), 0);
	struct volumes_way way = { .control = pair[0], .answers = pair[0] };
	cr_assert_eq(volumes_open(&way, &config, &keys, deadline_in(5000), text, sizeof(text), &e),
		     0, "%s", e.text);
	cr_assert_str_eq(text, "data, logs");
	cr_assert_str_eq(init.got.name, "logs");
	cr_assert_arr_eq(init.got.wrap_key, keys.volumes.at + 64, 32);
	fd_done(&pair[0]);
	pthread_join(thread, NULL);
	fd_done(&pair[1]);
}

/* --- Volumes that an anchor holds --- */

struct held {
	int manner;
	uint64_t session; /* what storage, or PID 1, answers            */
	uint64_t anchor;  /* what the anchor says; 0 is what it can't   */
	uint64_t raised;  /* and when it was raised                     */
	int read_fails, raise_fails, event_fails;
	int want;
	char order[8];
	char says[56];
};

#define LAST (UINT64_MAX - 1)

struct fake_anchor {
	const struct held *row;
};

/* Each act has a limit of its own, so that a TPM that hangs doesn't take the others' time. */
static void check_asked(const char *volume, uint64_t deadline_ms)
{
	cr_expect_str_eq(volume, "data");
	cr_expect_gt(deadline_left(deadline_ms), 0);
	cr_expect_leq(deadline_left(deadline_ms), LIMIT_ANCHOR_MS);
}

static const uint8_t ANCHOR_ID[ANCHOR_ID_BYTES] = "whose number it is";

static int fake_read(void *ctx, const char *volume, uint64_t deadline_ms, uint64_t *ret,
		     uint8_t ret_id[static ANCHOR_ID_BYTES], struct err *e)
{
	const struct held *row = ((struct fake_anchor *)ctx)->row;

	note('R');
	check_asked(volume, deadline_ms);
	if (row->read_fails)
		return FAIL(e, (enum err_kind)row->read_fails, "the TPM is busy");
	*ret = row->anchor;
	memcpy(ret_id, ANCHOR_ID, ANCHOR_ID_BYTES);
	return 0;
}

static int fake_raise(void *ctx, const char *volume, uint64_t deadline_ms, uint64_t *ret,
		      struct err *e)
{
	const struct held *row = ((struct fake_anchor *)ctx)->row;

	note('U');
	check_asked(volume, deadline_ms);
	if (row->raise_fails)
		return FAIL(e, (enum err_kind)row->raise_fails, "no answer came back");
	*ret = row->raised;
	return 0;
}

static int on_opened(void *ctx, const struct msg_volume *v, struct err *e)
{
	const struct held *row = ((struct fake_anchor *)ctx)->row;

	note('E');
	cr_expect_eq(v->session, row->session);
	return row->event_fails ? FAIL(e, FAIL_LIMIT, "the log is full") : 0;
}

/* What volumes_open() makes of it; `init` is as it was left. */
static int open_held(const struct config *config, const struct anchor *anchor,
		     struct fake_anchor *ctx, struct init *init, struct err *e)
{
	__attribute__((cleanup(keys_done))) struct keys keys = KEYS_EMPTY;
	struct volumes_way way = { .anchor = anchor, .opened = on_opened, .ctx = ctx };
	uint8_t root[32] = { 9 };
	pthread_t thread;
	char text[80];
	int pair[2], got;

	cr_assert_eq(ipc_pair(pair, NULL), 0);
	way.control = way.answers = pair[0];
	init->control = pair[1];
	cr_assert_eq(keys_make(config, span(root, 32), span(root, 32), &keys, NULL), 0);
	cr_assert_eq(pthread_create(&thread, NULL, serve, init), 0);
	/* More than the anchor's own limit. */
	got = volumes_open(&way, config, &keys, deadline_in(LIMIT_ANCHOR_MS + 9000), text,
			   sizeof(text), e);
	fd_done(&pair[0]);
	pthread_join(thread, NULL);
	fd_done(&pair[1]);
	return got;
}

ParameterizedTestParameters(service_volumes, an_anchor_follows_before_it_counts)
{
	static struct held rows[] = {
		/* manner, session, anchor, raised, read, raise, event */
		{ OPENS, 6, 5, 6, 0, 0, 0, 0, "RSAUE", "" },
		{ OPENS, 2, 1, 2, 0, 0, 0, 0, "RSAUE", "" },
		{ OPENS, UINT64_MAX, LAST, UINT64_MAX, 0, 0, 0, 0, "RSAUE", "" },

		/* attest was started again: after the anchor had followed, and before */
		{ IS_OPEN, 5, 5, 6, 0, 0, 0, 0, "RSAE", "" },
		{ IS_OPEN, 6, 5, 6, 0, 0, 0, 0, "RSAUE", "" },

		/* a storage run that begins no session has not looked at the anchor */
		{ OPENS, 5, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 5, its anchor says 5" },
		{ OPENS, 0, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 0, its anchor says 5" },
		{ OPENS, 4, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 4" },
		{ OPENS, 7, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 7" },
		{ OPENS, 0, LAST, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 0" },
		{ IS_OPEN, 0, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 0" },
		{ IS_OPEN, 4, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 4" },
		{ IS_OPEN, 7, 5, 6, 0, 0, 0, -FAIL_FORGED, "RSA", "in session 7" },

		{ OPENS, 6, 5, 7, 0, 0, 0, -FAIL_FORGED, "RSAU", "went from 5 to 7, not to 6" },
		{ OPENS, 6, 5, 5, 0, 0, 0, -FAIL_FORGED, "RSAU", "went from 5 to 5, not to 6" },
		{ OPENS, 6, 5, 0, 0, 0, 0, -FAIL_FORGED, "RSAU", "went from 5 to 0, not to 6" },
		{ IS_OPEN, 6, 5, 7, 0, 0, 0, -FAIL_FORGED, "RSAU", "went from 5 to 7, not to 6" },
		{ OPENS, 1, 0, 1, 0, 0, 0, -FAIL_FORGED, "R", "says 0, which can't be" },
		{ OPENS, 0, UINT64_MAX, 0, 0, 0, 0, -FAIL_FORGED, "R",
		  "says 18446744073709551615, which can't be" },

		{ OPENS, 6, 5, 6, FAIL_AGAIN, 0, 0, -FAIL_AGAIN, "R",
		  "volume data: reading its anchor: the TPM is busy" },
		{ OPENS, 6, 5, 6, FAIL_SYS, 0, 0, -FAIL_SYS, "R", "reading its anchor" },
		{ OPENS, 6, 5, 6, 0, FAIL_SYS, 0, -FAIL_SYS, "RSAU",
		  "volume data: raising its anchor: no answer" },
		{ IS_OPEN, 6, 5, 6, 0, FAIL_AGAIN, 0, -FAIL_AGAIN, "RSAU", "raising its anchor" },
		{ OPENS, 6, 5, 6, 0, 0, 1, -FAIL_LIMIT, "RSAUE", "the log is full" },

		/* what did not open raises nothing */
		{ STORAGE_FAILS, 6, 5, 6, 0, 0, 0, -FAIL_FORGED, "RS", "the head's tag" },
		{ STATE_FAILED, 6, 5, 6, 0, 0, 0, -FAIL_INPUT, "RSA", "no opening" },
		{ START_FAILS, 6, 5, 6, 0, 0, 0, -FAIL_FORGED, "RS", "the head's tag" },
		{ OTHER_VOLUME, 6, 5, 6, 0, 0, 0, -FAIL_INPUT, "RSA", "another volume" },
	};
	return cr_make_param_array(struct held, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct held *row, service_volumes, an_anchor_follows_before_it_counts,
		  .timeout = 20)
{
	const struct config config = {
		.volume_count = 1, .volumes = { { .name = "data", .rollback = ROLLBACK_TPM } }
	};
	struct fake_anchor fake = { row };
	const struct anchor anchor = { fake_read, fake_raise, &fake };
	struct init init = { .manner = (enum manner)row->manner, .session = row->session };
	struct err e = { 0 };

	cr_expect_eq(open_held(&config, &anchor, &fake, &init, &e), row->want, "%s", e.text);
	cr_expect_str_eq(order, row->order, "%s, not %s: %s", order, row->order, e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	if (init.has_got) {
		cr_expect_eq(init.got.anchor, row->anchor);
		cr_expect_arr_eq(init.got.anchor_id, ANCHOR_ID, ANCHOR_ID_BYTES);
	}
}

Test(service_volumes, without_an_anchor_one_that_wants_it_is_not_even_started, .timeout = 20)
{
	const struct config config = {
		.volume_count = 1, .volumes = { { .name = "data", .rollback = ROLLBACK_TPM } }
	};
	struct init init = { .manner = OPENS };
	struct err e = { 0 };

	cr_expect_eq(open_held(&config, NULL, NULL, &init, &e), -FAIL_DENIED);
	cr_expect_str_eq(e.text, "volume data: no anchor here: a TPM is missing");
	cr_expect_str_eq(order, "");
}

Test(service_volumes, an_anchor_leaves_others_alone, .timeout = 20)
{
	const struct config config = { .volume_count = 1, .volumes = { { .name = "logs" } } };
	const struct held row = { .session = 0 };
	struct fake_anchor fake = { &row };
	const struct anchor anchor = { fake_read, fake_raise, &fake };
	struct init init = { .manner = OPENS };
	struct err e = { 0 };

	cr_expect_eq(open_held(&config, &anchor, &fake, &init, &e), 0, "%s", e.text);
	cr_expect_str_eq(order, "SAE");
	cr_expect_eq(init.got.anchor, 0);
}

Test(service_volumes, a_session_that_nobody_asked_for_is_no_answer, .timeout = 20)
{
	const struct config config = { .volume_count = 1, .volumes = { { .name = "data" } } };
	const int manners[] = { OPENS, IS_OPEN };

	for (size_t i = 0; i < sizeof(manners) / sizeof(*manners); i++) {
		struct init init = { .manner = (enum manner)manners[i], .session = 1 };
		struct err e = { 0 };

		memset(order, 0, sizeof(order));
		cr_expect_eq(open_held(&config, NULL, NULL, &init, &e), -FAIL_FORGED);
		cr_expect(strstr(e.text, "in session 1, its anchor says 0"), "%s", e.text);
		cr_expect_str_eq(order, "SA");
	}
}

/* The event's bytes, once each, in the log of a chain. */
static size_t times(struct ownlog *log, const char *text)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	const uint8_t *at;
	size_t n = 0, len = strlen(text);

	cr_assert_eq(ownlog_begin(log, deadline_in(1000), NULL), 0);
	cr_assert_eq(ownlog_bytes(log, &all, NULL), 0);
	ownlog_end(log);
	for (at = all.at; (at = memmem(at, (size_t)(all.at + all.len - at), text, len)); at += len)
		n++;
	return n;
}

Test(service_volumes, the_event_names_the_session_where_there_is_one)
{
	AUTO_FD int fd = memfd_create("eventlog", MFD_CLOEXEC);
	struct msg_volume v = { .name = "data", .epoch = 1, .session = UINT64_MAX };
	struct ownlog log = { 0 };

	cr_assert_eq(ftruncate(fd, LIMIT_OWN_LOG_BYTES), 0);
	cr_assert_eq(ownlog_open(fd, NULL, &log, NULL), 0);
	cr_assert_eq(events_volume(&log, &v, NULL), 0);
	cr_assert_eq(events_volume(&log, &v, NULL), 0, "attest was started again");
	v.session = 0;
	cr_assert_eq(events_volume(&log, &v, NULL), 0);
	cr_expect_eq(times(&log, "volume {\"name\":\"data\",\"epoch\":1,"
				 "\"session\":18446744073709551615,\"created\":false}"),
		     1);
	cr_expect_eq(times(&log, "volume {\"name\":\"data\",\"epoch\":1,\"created\":false}"), 1);
	ownlog_close(&log);
}
