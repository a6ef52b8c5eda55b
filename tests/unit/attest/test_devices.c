/* GPUs in the boot and in evidence: who is asked in which order, and what ends it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/evidence/gpu.h"
#include "attest/evidence/gpu_chain.h"
#include "attest/evidence/probe.h"
#include "attest/questions.h"
#include "attest/work.h"
#include "base/b64.h"
#include "base/binding.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/attest/fake_boot.h"
#include "tests/unit/attest/fake_gpu.h"

#define WITH_GPUS(n) "{\"version\":1," FAKE_BROKER ",\"gpus\":{\"count\":" #n "}}"

TestSuite(devices, .timeout = 60);

struct machine {
	struct fake_boot fake;
	struct fake_gpu gpu;
};

/* Boots once; `ret_text` is why not. */
static int boot_once(struct machine *m, struct err *e)
{
	int failed;

	m->gpu.heard[0] = 0;
	m->gpu.collects = m->gpu.sets = 0;
	fake_gpu_start(&m->gpu, m->fake.init);
	failed = boot_run(&m->fake.boot, e);
	fake_gpu_stop(&m->gpu);
	return failed;
}

static void machine_init(struct machine *m, const char *json, unsigned count)
{
	*m = (struct machine){ .gpu = { .count = count, .first = 1 } };
	fake_boot_init(&m->fake, json);
	fake_world.asks_evidence = true;
}

/* attest ends and is started again: PID 1's memory stays. */
static void start_again(struct machine *m, const char *json)
{
	struct fake_boot old = m->fake;

	fake_boot_init(&m->fake, json);
	fake_world.asks_evidence = true;
	fd_done(&m->fake.boot.eventlog);
	m->fake.boot.eventlog = fd_take(&old.boot.eventlog);
	fake_boot_done(&old);
}

Test(devices, the_broker_sees_them_and_then_they_may_work)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(2), 2);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_expect_eq(m.gpu.collects, 1);
	cr_expect_eq(m.gpu.sets, 1);
	cr_expect_not_null(strstr(m.gpu.heard, "evidence:1 gpu:1 evidence:2 gpu:2 broker:2 "), "%s",
			   m.gpu.heard);
	cr_assert_not_null(fake_world.additional);
	cr_expect_eq(strncmp(fake_world.additional,
			     "{\"nvidia\":{\"device_evidence_list\":[{\"arch\":\"HOPPER\","
			     "\"uuid\":\"unknown\",\"evidence\":\"",
			     70),
		     0, "%.90s", fake_world.additional);
	fake_boot_done(&m.fake);
}

/* The devices' nonce is the first half of what they were told to sign. */
Test(devices, they_sign_the_first_half_of_their_own_digest)
{
	static const uint8_t digest[48] = "a digest of 48 bytes";
	AUTO_BUF struct buf report = BUF_EMPTY;
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *list;
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(1), 1);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	tree = cJSON_Parse(fake_world.additional);
	list = cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "nvidia"), "device_evidence_list");
	cr_assert_eq(b64_decode(B64_STANDARD,
				span_text(json_text(cJSON_GetObjectItem(list->child, "evidence"))),
				100000, &report, &e),
		     0);
	cr_expect_arr_eq(report.at + 4, digest, 32);
	fake_boot_done(&m.fake);
}

Test(devices, none_wanted_and_none_there_is_no_additional_evidence)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(0), 0);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_expect_eq(m.gpu.collects, 1);
	cr_expect_eq(m.gpu.sets, 0);
	cr_expect_null(fake_world.additional);
	fake_boot_done(&m.fake);
}

Test(devices, nobody_asks_them_unless_the_configuration_does)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, "{\"version\":1," FAKE_BROKER "}", 1);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_expect_eq(m.gpu.collects + m.gpu.sets, 0);
	fake_boot_done(&m.fake);
}

/* --- what ends it --- */

struct end {
	char what[40];
	unsigned count;
	enum fake_gpu_mode mode;
	bool is_ready;
	uint8_t then;
	int broker, want;
	unsigned sets;
	char text[60];
};

ParameterizedTestParameters(devices, what_ends_the_boot)
{
	static struct end rows[] = {
		{ "one less", 0, FAKE_GPU_GOOD, false, 0, 0, -FAIL_DENIED, 0,
		  "GPUs: 0 are there, the configuration wants 1" },
		{ "one more", 2, FAKE_GPU_GOOD, false, 0, 0, -FAIL_DENIED, 0,
		  "GPUs: 2 are there, the configuration wants 1" },
		{ "confidential computing is off", 1, FAKE_GPU_CC_OFF, false, 0, 0, -FAIL_DENIED, 0,
		  "GPUs: confidential computing is off" },
		{ "NVML hangs", 1, FAKE_GPU_DIES, false, 0, 0, -FAIL_SYS, 0,
		  "sealinit-gpu: no answer" },
		{ "another nonce", 1, FAKE_GPU_NONCE, false, 0, 0, -FAIL_FORGED, 0,
		  "GPUs: a report over another nonce" },
		{ "the broker denies", 1, FAKE_GPU_GOOD, false, 0, FAIL_DENIED, -FAIL_DENIED, 0,
		  "the broker says" },
		{ "they work already", 1, FAKE_GPU_GOOD, true, 0, 0, -FAIL_DENIED, 0,
		  "GPUs: they accept work already" },
		{ "others by then", 1, FAKE_GPU_GOOD, false, 9, 0, -FAIL_FORGED, 1,
		  "GPUs: others than the broker has seen" },
	};

	return cr_make_param_array(struct end, rows, COUNT_OF(rows));
}

ParameterizedTest(struct end *row, devices, what_ends_the_boot, .timeout = 60)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(1), row->count);
	m.gpu.mode = row->mode;
	m.gpu.is_ready = row->is_ready;
	m.gpu.then = row->then;
	fake_world.fetch_fails = row->broker;
	cr_expect_eq(boot_once(&m, &e), row->want, "%s: %s", row->what, e.text);
	cr_expect_eq(m.gpu.sets, row->sets, "%s: ready before a verdict", row->what);
	cr_expect_not_null(strstr(e.text, row->text), "%s: %s", row->what, e.text);
	cr_expect_not_null(strstr(m.gpu.heard, "failed: "));
	cr_expect_null(strstr(m.gpu.heard, "is-ready"), "%s", m.gpu.heard);
	fake_boot_done(&m.fake);
}

/* --- started again --- */

Test(devices, an_attest_that_is_started_again_sets_nothing_twice)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(2), 2);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_assert(m.gpu.is_ready);
	start_again(&m, WITH_GPUS(2));
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_expect_eq(m.gpu.collects, 1);
	cr_expect_eq(m.gpu.sets, 0);
	fake_boot_done(&m.fake);
}

/* Between word and deed: the devices were not let work yet. */
Test(devices, one_that_ended_between_word_and_deed_goes_on)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(1), 1);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	m.gpu.is_ready = false;
	start_again(&m, WITH_GPUS(1));
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	cr_expect_eq(m.gpu.sets, 1);
	fake_boot_done(&m.fake);
}

Test(devices, others_that_work_already_are_not_those_that_were_let)
{
	struct machine m;
	struct err e = { 0 };

	machine_init(&m, WITH_GPUS(1), 1);
	cr_assert_eq(boot_once(&m, &e), 0, "%s", e.text);
	m.gpu.first = 7;
	start_again(&m, WITH_GPUS(1));
	cr_expect_eq(boot_once(&m, &e), -FAIL_DENIED, "%s", e.text);
	fake_boot_done(&m.fake);
}

/* --- evidence --- */

static struct span decoded(const cJSON *o, const char *name, struct buf *room)
{
	cr_assert_eq(b64_decode(B64_STANDARD, span_text(json_text(cJSON_GetObjectItem(o, name))),
				100000, room, NULL),
		     0);
	return buf_view(room);
}

/* The device of an answer as a verifier hashes it. */
static struct binding_device device_of(const cJSON *o)
{
	AUTO_BUF struct buf report = BUF_EMPTY, chain = BUF_EMPTY;
	struct binding_device d = { 0 };
	struct digest of_report;
	struct err e = { 0 };

	cr_assert_eq(digest_of(DIGEST_SHA384, decoded(o, "evidence", &report), &of_report, &e), 0);
	memcpy(d.report_sha384, of_report.at, sizeof(d.report_sha384));
	cr_assert_eq(gpu_chain_read(decoded(o, "certificate", &chain), &d, &e), 0, "%s", e.text);
	return d;
}

/* What is signed is what the answer's own parts come to. */
static void expect_bound(const cJSON *answer, size_t count)
{
	const cJSON *devices = cJSON_GetObjectItem(answer, "devices");
	const cJSON *list = cJSON_GetObjectItem(devices, "list");
	const struct binding_state state = { .cc = count > 0,
					     .environment = count ? NVML_PRODUCTION : 0,
					     .driver = "550.90.07",
					     .pci_count = (uint32_t)count };
	struct binding_device device;
	struct binding all = { .caller = "guest",
			       .nonce = span_text("nonce"),
			       .has_devices = true,
			       .devices = &device,
			       .device_count = count,
			       .state = &state };
	AUTO_BUF struct buf data = BUF_EMPTY;
	uint8_t want[BINDING_DATA_BYTES];
	struct err e = { 0 };

	cr_assert_eq(cJSON_GetArraySize(list), (int)count);
	if (count)
		device = device_of(list->child);
	cr_assert_eq(binding_report_data(&all, want, &e), 0);
	cr_expect(span_is_equal(decoded(answer, "report_data", &data), span(want, sizeof(want))));
}

static void expect_evidence(unsigned count)
{
	struct boot boot = { .evidence = { .driver = &evidence_sample,
					   .dev = EVIDENCE_NO_DEVICES } };
	struct msg_evidence q = {
		.caller = "guest", .parts = PART_CPU | PART_GPU, .nonce_len = 5, .nonce = "nonce"
	};
	struct fake_gpu f = { .count = count, .first = 1 };
	struct gpu_way way = { .lane = LANE_GPU };
	AUTO_BUF struct buf text = BUF_EMPTY;
	AUTO_JSON cJSON *answer = NULL;
	AUTO_FD int fd = -1;
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	way.control = way.answers = pair[0];
	fake_gpu_start(&f, pair[1]);
	fd = question_evidence(&boot, &way, &q, deadline_in(20000), &e);
	cr_assert_geq(fd, 0, "%s", e.text);
	cr_assert_eq(fd_unseal_bytes(fd, LIMIT_EVIDENCE_BYTES, &text, &e), 0);
	cr_assert_eq(json_parse(buf_view(&text), LIMIT_EVIDENCE_BYTES, &answer, &e), 0);
	expect_bound(answer, count);
	fd_done(&pair[0]);
	fake_gpu_stop(&f);
	fd_done(&pair[1]);
}

Test(devices, evidence_binds_a_device)
{
	expect_evidence(1);
}

Test(devices, evidence_binds_that_there_is_none)
{
	expect_evidence(0);
}
