/* The guest's own log: it leads to its register, whatever happens in between. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/eventlog/ownlog.h"
#include "attest/verify/log/read.h"
#include "attest/verify/log/replay.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"

#define SOON deadline_in(5000)

/* A register of hardware's, in memory that a crash does not take along. */
struct fake {
	uint8_t value[LOG_REGISTER_BYTES];
	enum digest_alg alg;
	int die_before, die_after; /* the n-th extension from now, 1 for the next     */
	int fail;		   /* of the next extension: before it happens        */
	bool fail_late;		   /* after it happened                               */
};

static int fake_read(void *ctx, uint8_t ret[static LOG_REGISTER_BYTES], struct err *e)
{
	const struct fake *f = ctx;

	(void)e;
	memcpy(ret, f->value, LOG_REGISTER_BYTES);
	return 0;
}

static int fake_extend(void *ctx, const uint8_t digest[static LOG_REGISTER_BYTES], struct err *e)
{
	struct fake *f = ctx;
	size_t len = digest_alg_len(f->alg);
	uint8_t both[2 * LOG_REGISTER_BYTES];
	struct digest d;

	if (f->die_before && !--f->die_before)
		_exit(0);
	if (f->fail) {
		f->fail--;
		return FAIL(e, FAIL_AGAIN, "the register is busy");
	}
	memcpy(both, f->value, len);
	memcpy(both + len, digest, len);
	if (digest_of(f->alg, span(both, 2 * len), &d, e) < 0)
		return -FAIL_SYS;
	memcpy(f->value, d.at, len);
	if (f->die_after && !--f->die_after)
		_exit(0);
	if (f->fail_late) {
		f->fail_late = false;
		return FAIL(e, FAIL_SYS, "no answer came back");
	}
	return 0;
}

struct rig {
	int fd;
	struct fake *fake;
	struct log_register reg;
	bool has_reg;
	struct ownlog log;
};

static void rig_init(struct rig *r, const char *strength)
{
	*r = (struct rig){ .has_reg = strcmp(strength, "chain") != 0 };
	r->fd = memfd_create("log", MFD_CLOEXEC);
	cr_assert_eq(ftruncate(r->fd, LIMIT_OWN_LOG_BYTES), 0);
	r->fake = mmap(NULL, sizeof(*r->fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	cr_assert_neq(r->fake, MAP_FAILED);
	r->reg = (struct log_register){ "rtmr",	   "RTMR3",	4,	DIGEST_SHA384,
					fake_read, fake_extend, r->fake };
	if (!strcmp(strength, "pcr"))
		r->reg = (struct log_register){ "pcr",	   "PCR 14",	14,	DIGEST_SHA256,
						fake_read, fake_extend, r->fake };
	r->fake->alg = r->reg.alg;
}

static int rig_open(struct rig *r, struct err *e)
{
	return ownlog_open(r->fd, r->has_reg ? &r->reg : NULL, &r->log, e);
}

static void rig_done(struct rig *r)
{
	ownlog_close(&r->log);
	(void)munmap(r->fake, sizeof(*r->fake));
	fd_done(&r->fd);
}

static int ours(struct rig *r, const char *operation, const char *content, struct err *e)
{
	const struct entry_text t = { "sealinit", operation, content };

	return ownlog_append(&r->log, EVENT_OURS, &t, SOON, NULL, e);
}

static int tenants(struct rig *r, const char *domain, const char *content, struct err *e)
{
	const struct entry_text t = { domain, "op", content };

	return ownlog_append(&r->log, EVENT_TENANT, &t, SOON, NULL, e);
}

/* What a verifier makes of the log, without anything of this side's code: the register it leads to.
 */
static void replay(struct span bytes, bool is_pcr, uint8_t ret[static 64], size_t *ret_count)
{
	AUTO_TCG_LOG struct tcg_log log = { 0 };
	struct tcg_replay r;
	struct err e = { 0 };

	cr_assert_eq(tcg_log_read(bytes, is_pcr ? TCG_FORM_TPM : TCG_FORM_CC, &log, &e), 0, "%s",
		     e.text);
	cr_assert_eq(tcg_replay(&log, is_pcr ? TCG_SHA256 : TCG_SHA384, &r, &e), 0, "%s", e.text);
	memcpy(ret, r.at[is_pcr ? 14 : 4], 64);
	*ret_count = log.count;
}

/* The log replays to its own head, and that is what the register holds. */
static size_t expect_whole(struct rig *r)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	struct ownlog_view v;
	struct err e = { 0 };
	uint8_t head[64];
	size_t count;

	cr_assert_eq(ownlog_begin(&r->log, SOON, &e), 0);
	cr_assert_eq(ownlog_view(&r->log, &v, &e), 0, "%s", e.text);
	cr_assert_eq(ownlog_bytes(&r->log, &bytes, &e), 0, "%s", e.text);
	replay(buf_view(&bytes), r->reg.alg == DIGEST_SHA256, head, &count);
	cr_assert_arr_eq(v.head.at, head, v.head.len);
	if (r->has_reg)
		cr_assert_arr_eq(r->fake->value, head, v.head.len);
	cr_assert_eq(count, v.count);
	ownlog_end(&r->log);
	return count;
}

struct strength {
	char name[8];
};

#define STRENGTHS                                                               \
	static struct strength rows[] = { { "chain" }, { "rtmr" }, { "pcr" } }; \
	return cr_make_param_array(struct strength, rows, sizeof(rows) / sizeof(*rows))

ParameterizedTestParameters(ownlog, leads_to_its_register)
{
	STRENGTHS;
}

ParameterizedTest(struct strength *row, ownlog, leads_to_its_register)
{
	struct ownlog_event event;
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, row->name);
	cr_assert_eq(rig_open(&r, &e), 0, "%s", e.text);
	cr_expect_eq(expect_whole(&r), 0, "an empty log leads to zero");
	cr_assert_eq(ours(&r, "config", "x", &e), 0, "%s", e.text);
	cr_assert_eq(ownlog_append(&r.log, EVENT_TENANT,
				   &(struct entry_text){ "app", "start", "web" }, SOON, &event, &e),
		     0, "%s", e.text);
	cr_expect_eq(event.index, 1);
	cr_expect_eq(event.head.len, digest_alg_len(r.reg.alg));
	cr_expect_eq(expect_whole(&r), 2);
	rig_done(&r);
}

ParameterizedTestParameters(ownlog, is_there_after_a_restart)
{
	STRENGTHS;
}

ParameterizedTest(struct strength *row, ownlog, is_there_after_a_restart)
{
	const struct entry_text ready = { "sealinit", "ready", "" };
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, row->name);
	cr_assert_eq(rig_open(&r, &e), 0, "%s", e.text);
	cr_assert_eq(ownlog_once(&r.log, &ready, SOON, &e), 0, "%s", e.text);
	ownlog_close(&r.log);
	cr_assert_eq(rig_open(&r, &e), 0, "%s", e.text);
	cr_assert_eq(ownlog_once(&r.log, &ready, SOON, &e), 0, "%s", e.text);
	cr_expect_eq(expect_whole(&r), 1, "once a boot");
	rig_done(&r);
}

/* --- Crashes ---------------------------------------------------------------------------------- */

static int die_at;

static void die(int step)
{
	if (step == die_at)
		_exit(0);
}

static void crash(struct rig *r)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (!pid) {
		struct err e = { 0 };

		ownlog_step = die;
		if (rig_open(r, &e) == 0)
			(void)ours(r, "volume", "the one that is cut", &e);
		_exit(1);
	}
	cr_assert_eq(waitpid(pid, &(int){ 0 }, 0), pid);
}

struct cut {
	char strength[8];
	int step;		   /* 1 .. 5: between steps           */
	int die_before, die_after; /* in the register                 */
	size_t want;		   /* events after the restart        */
};

ParameterizedTestParameters(ownlog, replays_after_a_crash_between_any_two_steps)
{
	static struct cut rows[] = {
		{ "chain", 1, 0, 0, 1 }, { "chain", 2, 0, 0, 1 }, { "chain", 3, 0, 0, 2 },
		{ "chain", 4, 0, 0, 2 }, { "chain", 5, 0, 0, 2 }, { "rtmr", 1, 0, 0, 1 },
		{ "rtmr", 2, 0, 0, 1 },	 { "rtmr", 3, 0, 0, 2 },  { "rtmr", 4, 0, 0, 2 },
		{ "rtmr", 5, 0, 0, 2 },	 { "rtmr", 0, 1, 0, 2 },  { "rtmr", 0, 0, 1, 2 },
		{ "pcr", 1, 0, 0, 1 },	 { "pcr", 3, 0, 0, 2 },	  { "pcr", 0, 1, 0, 2 },
		{ "pcr", 0, 0, 1, 2 },	 { "pcr", 4, 0, 0, 2 },
	};

	return cr_make_param_array(struct cut, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct cut *row, ownlog, replays_after_a_crash_between_any_two_steps)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, row->strength);
	cr_assert_eq(rig_open(&r, &e), 0, "%s", e.text);
	cr_assert_eq(ours(&r, "config", "x", &e), 0, "%s", e.text);
	ownlog_close(&r.log);
	die_at = row->step;
	r.fake->die_before = row->die_before;
	r.fake->die_after = row->die_after;
	crash(&r);
	cr_assert_eq(rig_open(&r, &e), 0, "%s", e.text);
	cr_expect_eq(expect_whole(&r), row->want);
	cr_assert_eq(ours(&r, "ready", "", &e), 0, "%s", e.text);
	cr_expect_eq(expect_whole(&r), row->want + 1);
	rig_done(&r);
}

/* --- Registers that refuse, and others that extend -------------------------------------------- */

Test(ownlog, an_extension_that_did_not_happen_leaves_nothing)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	r.fake->fail = 1;
	cr_expect_eq(ours(&r, "config", "x", &e), -FAIL_AGAIN);
	cr_expect_eq(expect_whole(&r), 0);
	cr_expect_eq(ours(&r, "config", "x", &e), 0);
	cr_expect_eq(expect_whole(&r), 1);
	rig_done(&r);
}

Test(ownlog, an_extension_that_happened_all_the_same_is_counted_in)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	r.fake->fail_late = true;
	cr_expect_eq(ours(&r, "config", "x", &e), 0, "%s", e.text);
	cr_expect_eq(expect_whole(&r), 1);
	rig_done(&r);
}

static void extend_behind_its_back(struct rig *r)
{
	static const uint8_t digest[LOG_REGISTER_BYTES] = { 0xbad & 0xff };

	cr_assert_eq(fake_extend(r->fake, digest, NULL), 0);
}

Test(ownlog, says_so_when_somebody_else_extends)
{
	struct ownlog_view v;
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	cr_assert_eq(ours(&r, "config", "x", &e), 0);
	extend_behind_its_back(&r);
	cr_expect_eq(ours(&r, "ready", "", &e), -FAIL_FORGED);
	cr_expect(strstr(e.text, "RTMR3"), "%s", e.text);
	cr_assert_eq(ownlog_begin(&r.log, SOON, &e), 0);
	cr_expect_eq(ownlog_view(&r.log, &v, &e), -FAIL_FORGED);
	ownlog_end(&r.log);
	ownlog_close(&r.log);
	cr_expect_eq(rig_open(&r, &e), -FAIL_FORGED);
	rig_done(&r);
}

Test(ownlog, says_so_when_somebody_extended_in_the_middle_of_a_crash)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	die_at = 3;
	crash(&r);
	extend_behind_its_back(&r);
	cr_expect_eq(rig_open(&r, &e), -FAIL_FORGED);
	rig_done(&r);
}

Test(ownlog, begins_at_zero_or_not_at_all)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "pcr");
	extend_behind_its_back(&r);
	cr_expect_eq(rig_open(&r, &e), -FAIL_FORGED);
	rig_done(&r);
}

Test(ownlog, does_not_change_its_strength)
{
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	ownlog_close(&r.log);
	r.has_reg = false;
	cr_expect_eq(rig_open(&r, &e), -FAIL_INPUT);
	rig_done(&r);
}

Test(ownlog, refuses_other_memory)
{
	uint8_t junk[4096];
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "chain");
	memset(junk, 0x5a, sizeof(junk));
	cr_assert_eq(pwrite(r.fd, junk, sizeof(junk), 0), 4096);
	cr_expect_eq(rig_open(&r, &e), -FAIL_INPUT);
	cr_assert_eq(ftruncate(r.fd, 4096), 0);
	cr_expect_eq(rig_open(&r, &e), -FAIL_INPUT);
	rig_done(&r);
}

/* --- Tenants ---------------------------------------------------------------------------------- */

Test(ownlog, tenants_cannot_speak_for_the_guest)
{
	static const char *const domains[] = { "sealinit", "SEALINIT", "sealinit-extra" };
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "chain");
	cr_assert_eq(rig_open(&r, &e), 0);
	for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++)
		cr_expect_eq(tenants(&r, domains[i], "ready", &e), -FAIL_DENIED);
	cr_expect_eq(tenants(&r, "two words", "x", &e), -FAIL_INPUT);
	cr_expect_eq(tenants(&r, "app", "two\nlines", &e), -FAIL_INPUT);
	cr_expect_eq(expect_whole(&r), 0);
	rig_done(&r);
}

Test(ownlog, tenants_cannot_fill_what_is_ours, .timeout = 60)
{
	char content[LIMIT_EVENT_BYTES];
	struct err e = { 0 };
	int failed = 0;
	struct rig r;

	memset(content, 'x', sizeof(content));
	content[sizeof(content) - 1] = 0;
	rig_init(&r, "chain");
	cr_assert_eq(rig_open(&r, &e), 0);
	while (!failed)
		failed = tenants(&r, "app", content, &e);
	cr_expect_eq(failed, -FAIL_LIMIT);
	cr_expect(strstr(e.text, "full"), "%s", e.text);
	for (int i = 0; i < 40; i++)
		cr_expect_eq(ours(&r, "secret", content, &e), 0, "%d: %s", i, e.text);
	(void)expect_whole(&r);
	rig_done(&r);
}

/* --- All at once ------------------------------------------------------------------------------ */

#define WRITERS 20
#define EVENTS	50
#define READERS 4

static void *write_events(void *arg)
{
	struct rig *r = arg;
	struct err e = { 0 };

	for (int i = 0; i < EVENTS; i++)
		cr_assert_eq(tenants(r, "app", "event", &e), 0, "%s", e.text);
	return NULL;
}

static void *read_log(void *arg)
{
	struct rig *r = arg;

	for (size_t last = 0, i = 0; i < 50; i++) {
		size_t now = expect_whole(r);

		cr_assert_geq(now, last);
		last = now;
	}
	return NULL;
}

Test(ownlog, a_thousand_events_at_once_and_every_view_replays, .timeout = 120)
{
	pthread_t threads[WRITERS + READERS];
	struct err e = { 0 };
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	for (size_t i = 0; i < WRITERS + READERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL,
					    i < WRITERS ? write_events : read_log, &r),
			     0);
	for (size_t i = 0; i < WRITERS + READERS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(expect_whole(&r), WRITERS * EVENTS);
	rig_done(&r);
}

static void *append_soon(void *arg)
{
	const struct entry_text t = { "app", "op", "x" };
	struct rig *r = arg;
	struct err e = { 0 };

	cr_expect_eq(ownlog_append(&r->log, EVENT_TENANT, &t, deadline_in(50), NULL, &e),
		     -FAIL_AGAIN);
	return NULL;
}

Test(ownlog, a_quote_over_it_keeps_others_waiting_and_they_are_told)
{
	const struct entry_text t = { "app", "op", "x" };
	struct err e = { 0 };
	pthread_t other;
	struct rig r;

	rig_init(&r, "rtmr");
	cr_assert_eq(rig_open(&r, &e), 0);
	cr_assert_eq(ownlog_begin(&r.log, SOON, &e), 0);
	cr_assert_eq(pthread_create(&other, NULL, append_soon, &r), 0);
	pthread_join(other, NULL);
	ownlog_end(&r.log);
	cr_expect_eq(ownlog_append(&r.log, EVENT_TENANT, &t, deadline_in(50), NULL, &e), 0);
	rig_done(&r);
}
