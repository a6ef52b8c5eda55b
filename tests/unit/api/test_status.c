/* What PID 1 tells, what of it is believed, and how it reads. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sys/mman.h>
#include <string.h>
#include <unistd.h>

#include "api/render.h"
#include "base/roles.h"
#include "base/fd.h"
#include "base/json.h"
#include "tests/support/fault.h"
#include "tests/unit/api/said.h"

static char *json_of(const struct status *s, struct buf *b)
{
	struct err e = { 0 };

	buf_done(b);
	cr_assert_eq(render_status(s, FORM_JSON, b, &e), 0, "%s", e.text);
	return (char *)b->at;
}

Test(status, has_something_to_say_before_anything_is_known)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;

	cr_assert_str_eq(
		json_of(&s, &b),
		"{\"version\":\"" SEALINIT_VERSION "\",\"state\":\"attesting\","
		"\"findings\":[],\"stages\":[],\"volumes\":[],\"trust\":{\"time\":\"floor\","
		"\"integrity\":\"none\",\"rollback\":\"none\",\"memory_locked\":true,"
		"\"modules_locked\":false}}");
	cr_assert_null(status_stage_name(&s));
	cr_assert_eq(status_origin_us(&s), 0);
}

Test(status, tells_the_boot_as_a_timeline)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;

	said_stage(&s, STAGE_CONFIG, STAGE_DONE, 1020000, 1031900, "initdata");
	said_stage(&s, STAGE_BOOT, STAGE_DONE, 1000000, 1014000, "12 \"modules\"");
	said_stage(&s, STAGE_EVIDENCE, STAGE_SKIPPED, 1032000, 0, "");
	cr_assert(
		strstr(json_of(&s, &b),
		       "\"stages\":[{\"name\":\"boot\",\"state\":\"done\",\"start_ms\":0,"
		       "\"duration_ms\":14,\"text\":\"12 \\\"modules\\\"\"},"
		       "{\"name\":\"config\",\"state\":\"done\",\"start_ms\":20,\"duration_ms\":11,"
		       "\"text\":\"initdata\"},{\"name\":\"evidence\",\"state\":\"skipped\","
		       "\"start_ms\":32,\"duration_ms\":0,\"text\":\"\"}]"),
		"%s", (char *)b.at);
}

Test(status, gives_a_stage_that_runs_the_time_so_far)
{
	struct msg_stage stage = { .state = STAGE_RUNNING, .start_us = 1 };

	cr_assert_gt(status_duration_ms(&stage), 0);
	stage.state = STAGE_DONE;
	cr_assert_eq(status_duration_ms(&stage), 0);
}

Test(status, is_ready_when_pid_1_says_so_and_the_keys_are_known)
{
	struct status s = STATUS_EMPTY;

	cr_assert_eq(status_state(&s), GUEST_ATTESTING);
	status_take_ready(&s);
	cr_assert_eq(status_state(&s), GUEST_ATTESTING, "keys are still to come");
	s.has_keys = true;
	cr_assert_eq(status_state(&s), GUEST_READY);
	s.has_keys = false;
	cr_assert_eq(status_state(&s), GUEST_ATTESTING, "attest was started again");
	s.is_stopping = true;
	cr_assert_eq(status_state(&s), GUEST_STOPPING);
}

Test(status, believes_the_last_of_failure_and_readiness)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;

	said_stage(&s, STAGE_BROKER, STAGE_FAILED, 1, 2, "no");
	cr_assert_eq(status_state(&s), GUEST_FAILED);
	said_failed(&s, STAGE_BROKER, FAIL_DENIED, "policy said no");
	cr_assert_eq(status_state(&s), GUEST_DEGRADED);
	cr_assert(strstr(json_of(&s, &b), "\"failure\":{\"stage\":\"broker\",\"kind\":\"denied\","
					  "\"text\":\"policy said no\"}"));
	s.has_keys = true;
	status_take_ready(&s);
	cr_assert_eq(status_state(&s), GUEST_READY);
	said_failed(&s, STAGE_BROKER, FAIL_DENIED, "again");
	cr_assert_eq(status_state(&s), GUEST_DEGRADED);
}

Test(status, shows_trust_and_volumes)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	said_trust(&s, "snp");
	said_volume(&s, "data", "hmac(sha256), journal", "session", VOLUME_OPEN);
	json_of(&s, &b);
	cr_assert(strstr((char *)b.at, "\"tee\":\"snp\""));
	cr_assert(strstr((char *)b.at,
			 "\"trust\":{\"config_measured\":true,\"config_source\":\"initdata\","
			 "\"config_register\":\"HOST_DATA\",\"config_digest\":\"sha256:00\","
			 "\"debug\":false,\"event_log\":\"chain\",\"time\":\"floor\","
			 "\"integrity\":\"hmac(sha256), journal\",\"rollback\":\"session\","));
	buf_done(&b);
	cr_assert_eq(render_volumes(&s, FORM_JSON, &b, &e), 0);
	cr_assert_str_eq(
		(char *)b.at,
		"{\"volumes\":[{\"name\":\"data\",\"mount\":\"/run/sealinit/volumes/data\","
		"\"device\":\"vdb\",\"size\":18446744073709551615,"
		"\"integrity\":\"hmac(sha256), journal\",\"rollback\":\"session\","
		"\"session\":18446744073709551615,\"epoch\":1,"
		"\"created\":true,\"state\":\"open\",\"text\":\"\"}]}");
}

Test(status, keeps_one_row_a_volume)
{
	struct status s = STATUS_EMPTY;

	said_volume(&s, "data", "a", "none", VOLUME_FAILED);
	said_volume(&s, "other", "a", "none", VOLUME_OPEN);
	said_volume(&s, "data", "b", "session", VOLUME_OPEN);
	cr_assert_eq(s.volume_count, 2);
	cr_assert_eq(s.volumes[0].state, VOLUME_OPEN);
}

Test(status, sums_volumes_up_by_the_weakest)
{
	struct status s = STATUS_EMPTY;

	said_volume(&s, "a", "x", "session", VOLUME_OPEN);
	said_volume(&s, "b", "y", "none", VOLUME_FAILED);
	cr_assert_str_eq(status_integrity(&s), "x", "failed ones don't count");
	cr_assert_str_eq(status_rollback(&s), "session");
	said_volume(&s, "c", "z", "none", VOLUME_OPEN);
	cr_assert_str_eq(status_integrity(&s), "mixed");
	cr_assert_str_eq(status_rollback(&s), "none");
}

Test(status, reads_the_lock_on_modules_each_time)
{
	struct status s = STATUS_EMPTY;
	AUTO_FD int fd = memfd_create("modules_disabled", MFD_CLOEXEC);

	s.modules_fd = fd;
	cr_assert_not(status_modules_locked(&s), "an empty file");
	cr_assert_eq(pwrite(fd, "0\n", 2, 0), 2);
	cr_assert_not(status_modules_locked(&s));
	cr_assert_eq(pwrite(fd, "1\n", 2, 0), 2);
	cr_assert(status_modules_locked(&s));
}

Test(status, reads_well_as_text)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	said_trust(&s, "sample");
	s.trust.config_measured = 0;
	said_finding(&s, 1, FINDING_USED, "sev-guest", "reports");
	said_finding(&s, 5, FINDING_ABSENT, "CCEL", "");
	said_stage(&s, STAGE_BOOT, STAGE_DONE, 1000000, 1014000, "12 modules");
	said_volume(&s, "data", "x", "none", VOLUME_FAILED);
	said_failed(&s, STAGE_VOLUMES, FAIL_FORGED, "head");
	cr_assert_eq(render_status(&s, FORM_TEXT, &b, &e), 0);
	cr_assert_str_eq(
		(char *)b.at,
		"sealinit " SEALINIT_VERSION ": degraded, on sample\n"
		"failed in stage volumes: head\n"
		"found sev-guest       used, reports\n"
		"found CCEL            absent\n"
		"stage boot      done     at      0 ms,     14 ms  12 modules\n"
		"volume data       failed  why\n"
		"trust configuration from initdata, NOT measured, its register is HOST_DATA, "
		"sha256:00\n"
		"trust debug not allowed\n"
		"trust event log held by chain\n"
		"trust time floor, integrity none, rollback none, memory locked, modules NOT "
		"locked\n");
}

Test(status, shows_a_session_where_there_is_one)
{
	struct status s = STATUS_EMPTY;
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	said_volume(&s, "data", "x", "session", VOLUME_OPEN);
	said_volume(&s, "logs", "x", "none", VOLUME_OPEN);
	cr_assert_eq(render_volumes(&s, FORM_TEXT, &b, &e), 0);
	cr_assert_str_eq((char *)b.at,
			 "volume data       open    /run/sealinit/volumes/data, on vdb, "
			 "18446744073709551615 "
			 "bytes, integrity x, rollback session 18446744073709551615, epoch 1, new\n"
			 "volume logs       open    /run/sealinit/volumes/logs, on vdb, "
			 "18446744073709551615 "
			 "bytes, integrity x, rollback none, epoch 1, new\n");
	buf_done(&b);
	cr_assert_eq(render_volumes(&s, FORM_JSON, &b, &e), 0);
	cr_assert(strstr((char *)b.at, "\"rollback\":\"session\",\"session\":1844"));
	cr_assert(strstr((char *)b.at, "\"rollback\":\"none\",\"epoch\":1"));
}

struct odd_stage {
	struct msg_stage stage;
	uint32_t length;
};

ParameterizedTestParameters(status, refuses_stages)
{
	static struct odd_stage rows[] = {
		{ { .stage = STAGE_COUNT }, sizeof(struct msg_stage) },
		{ { .state = STAGE_SKIPPED + 1 }, sizeof(struct msg_stage) },
		{ { .kind = FAIL_BUG + 1 }, sizeof(struct msg_stage) },
		{ { .text = "a\nb" }, sizeof(struct msg_stage) },
		{ { .start_us = 2, .end_us = 1 }, sizeof(struct msg_stage) },
		{ { .stage = 0 }, sizeof(struct msg_stage) - 1 },
		{ { .stage = 0 }, 0 },
	};
	return cr_make_param_array(struct odd_stage, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct odd_stage *row, status, refuses_stages)
{
	struct status s = STATUS_EMPTY, before = s;
	struct ipc_msg m = said(MSG_STAGE, &row->stage, sizeof(row->stage));
	struct err e;

	m.length = row->length;
	cr_assert_eq(status_take_stage(&s, &m, &e), -FAIL_INPUT);
	cr_assert_arr_eq(&s, &before, sizeof(s), "nothing changes");
}

Test(status, refuses_a_text_without_end)
{
	struct status s = STATUS_EMPTY;
	struct msg_failed failed = { .kind = FAIL_SYS };
	struct msg_stage stage = { .stage = 0 };
	struct ipc_msg m;
	struct err e;

	memset(failed.text, 'x', sizeof(failed.text));
	memset(stage.text, 'x', sizeof(stage.text));
	m = said(MSG_FAILED, &failed, sizeof(failed));
	cr_assert_eq(status_take_failed(&s, &m, &e), -FAIL_INPUT);
	m = said(MSG_STAGE, &stage, sizeof(stage));
	cr_assert_eq(status_take_stage(&s, &m, &e), -FAIL_INPUT);
	cr_assert_eq(status_state(&s), GUEST_ATTESTING);
}

Test(status, refuses_odd_trust_failures_and_volumes)
{
	struct status s = STATUS_EMPTY;
	struct msg_trust trust = { .tee = "a\x1b[0m" };
	struct msg_finding odd[] = {
		{ LIMIT_FINDINGS, FINDING_USED, "a", "" },
		{ 0, 0, "a", "" },
		{ 0, FINDING_USED + 1, "a", "" },
		{ 0, FINDING_USED, "", "" },
		{ 0, FINDING_USED, "a\n", "" },
		{ 0, FINDING_USED, "a", "\x1b" },
	};
	struct msg_failed failed = { .stage = STAGE_COUNT };
	struct msg_volume nameless = { .state = VOLUME_OPEN };
	struct msg_volume stateless = { .name = "a", .state = 3 };
	struct ipc_msg m;
	struct err e;

	m = said(MSG_TRUST, &trust, sizeof(trust));
	cr_expect_eq(status_take_trust(&s, &m, &e), -FAIL_INPUT);
	m.length--;
	cr_expect_eq(status_take_trust(&s, &m, &e), -FAIL_INPUT);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		m = said(MSG_FINDING, &odd[i], sizeof(odd[i]));
		cr_expect_eq(status_take_finding(&s, &m, &e), -FAIL_INPUT, "row %zu", i);
	}
	m = said(MSG_FAILED, &failed, sizeof(failed));
	cr_expect_eq(status_take_failed(&s, &m, &e), -FAIL_INPUT);
	m.length--;
	cr_expect_eq(status_take_failed(&s, &m, &e), -FAIL_INPUT);
	m = said(MSG_VOLUME, &nameless, sizeof(nameless));
	cr_expect_eq(status_take_volume(&s, &m, &e), -FAIL_INPUT);
	m = said(MSG_VOLUME, &stateless, sizeof(stateless));
	cr_expect_eq(status_take_volume(&s, &m, &e), -FAIL_INPUT);
	m.length--;
	cr_expect_eq(status_take_volume(&s, &m, &e), -FAIL_INPUT);
	m = said(MSG_VOLUME, "no", 2);
	m.status = FAIL_FORGED;
	cr_expect_eq(status_take_volume(&s, &m, &e), -FAIL_FORGED);
	cr_expect(!s.has_trust && !s.has_failed && !s.volume_count && !s.findings[0].state);
}

Test(status, refuses_a_ninth_volume)
{
	struct status s = STATUS_EMPTY;
	struct msg_volume v = { .name = "v0", .state = VOLUME_OPEN };
	struct ipc_msg m;
	struct err e;

	for (char i = 0; i < LIMIT_VOLUMES; i++) {
		v.name[1] = (char)('0' + i);
		m = said(MSG_VOLUME, &v, sizeof(v));
		cr_assert_eq(status_take_volume(&s, &m, &e), 0);
	}
	v.name[1] = 'x';
	m = said(MSG_VOLUME, &v, sizeof(v));
	cr_assert_eq(status_take_volume(&s, &m, &e), -FAIL_LIMIT);
}

Test(status, renders_evidence_as_text_with_the_document_as_it_came)
{
	static const char json[] =
		"{\"tee\":\"snp\",\"evidence\":{\"policy\":18446744073709551615},"
		"\"report_data\":\"cmQ=\",\"nonce\":\"bg==\",\"caller\":\"guest\"}";
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(render_evidence(span_text(json), &b, &e), 0);
	cr_assert(
		strstr((char *)b.at, "tee: snp\ncaller: guest\nnonce: bg==\nreport_data: cmQ=\n"));
	cr_assert(strstr((char *)b.at, json), "no digit is lost");
	cr_assert_eq(render_evidence(span_text("{\"tee\":1}"), &b, &e), -FAIL_INPUT);
	cr_assert_eq(render_evidence(span_text("not json"), &b, &e), -FAIL_INPUT);
}

Test(status, fails_cleanly_without_memory)
{
	struct status s = STATUS_EMPTY;

	said_trust(&s, "snp");
	said_stage(&s, STAGE_BOOT, STAGE_DONE, 1, 2, "x");
	said_volume(&s, "data", "x", "none", VOLUME_OPEN);
	said_failed(&s, STAGE_VOLUMES, FAIL_FORGED, "head");
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_BUF struct buf b = BUF_EMPTY;
		struct err e = { 0 };
		int failed = render_status(&s, n % 2 ? FORM_JSON : FORM_TEXT, &b, &e);

		fault_disarm_keep();
		cr_assert(failed == 0 || failed == -FAIL_SYS);
	}
}
