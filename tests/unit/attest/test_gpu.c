/* Devices by way of sealinit-gpu: what it answers, read as outside bytes; how it is asked. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stddef.h>
#include <string.h>

#include "attest/evidence/gpu.h"
#include "attest/evidence/gpu_chain.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"
#include "tests/unit/attest/fake_gpu.h"

static const uint8_t NONCE[GPU_NONCE_LEN] = "a nonce of the tests, 32 bytes..";

TestSuite(gpu, .timeout = 60);

/* --- reading --- */

static int read_message(struct buf message, struct gpus *ret, struct err *e)
{
	int got = gpus_read(&message, NONCE, ret, e);

	cr_expect_null(message.at, "taken over");
	return got;
}

Test(gpu, reads_devices_with_their_identity)
{
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(read_message(fake_gpu_message(NONCE, 3, 5, true), &g, &e), 0, "%s", e.text);
	cr_assert_eq(g.count, 3);
	cr_expect(g.is_ready);
	cr_expect_eq(g.state.cc, 1);
	cr_expect_eq(g.state.environment, NVML_PRODUCTION);
	cr_expect_eq(g.state.pci_count, 3);
	cr_expect_str_eq(g.state.driver, "550.90.07");
	cr_expect_str_eq(g.at[2].arch, "HOPPER");
	cr_expect_eq(g.at[2].bound.pdi[7], 7);
	cr_expect_not(g.at[2].bound.is_switch);
}

static void add_made(const struct gpu_spec *s, uint32_t arch, struct buf *to)
{
	struct gpu_made made = gpu_make(s);
	AUTO_BUF struct buf pem = pki_pem(made.certs, made.cert_count);
	const struct gpu_piece piece = { arch, (uint32_t)made.report_len, (uint32_t)pem.len };
	struct err e = { 0 };

	cr_assert_eq(buf_append(to, span(&piece, sizeof(piece)), 1000000, &e), 0);
	cr_assert_eq(buf_append(to, span(made.report.at, made.report_len), 1000000, &e), 0);
	cr_assert_eq(buf_append(to, buf_view(&pem), 1000000, &e), 0);
	gpu_made_done(&made);
}

/* A whole machine, GPUs first; the other way round it is none. */
Test(gpu, reads_switches_behind_gpus)
{
	struct gpu_spec set[GPU_SET];
	const struct gpu_answer head = { .version = GPU_WIRE_VERSION,
					 .count = GPU_SET_GPUS,
					 .switches = GPU_SET_SWITCHES,
					 .pci_count = GPU_SET_GPUS,
					 .multi_gpu = NVML_PPCIE };
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	gpu_spec_set(set);
	for (size_t turn = 0; turn <= GPU_SET; turn += GPU_SET_GPUS) {
		AUTO_GPUS struct gpus g = GPUS_EMPTY;
		struct buf m = BUF_EMPTY;

		cr_assert_eq(buf_append(&m, span(&head, sizeof(head)), 1000, &e), 0);
		for (size_t i = 0; i < GPU_SET; i++) {
			size_t at = (i + turn) % GPU_SET;

			add_made(&set[at], at < GPU_SET_GPUS ? NVML_HOPPER : GPU_WIRE_LS10, &m);
		}
		cr_expect_eq(gpus_read(&m, set[0].nonce, &g, &e), turn ? -FAIL_INPUT : 0, "%s",
			     e.text);
		if (turn)
			continue;
		cr_expect_eq(g.gpu_count, GPU_SET_GPUS);
		cr_expect_eq(g.count, GPU_SET);
		cr_expect(g.at[GPU_SET_GPUS].bound.is_switch);
		cr_expect_str_eq(g.at[GPU_SET - 1].arch, "LS10");
		cr_assert_eq(gpus_json_coco(&g, &json, &e), 0);
		cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "device_evidence_list")),
			     GPU_SET);
	}
}

/* What BINDING.md hashes: the report to the end of its signature, the certificates' DER. */
Test(gpu, hashes_report_and_certificates)
{
	const struct gpu_spec s = gpu_spec(GPU_GH100);
	AUTO_BUF struct buf der = BUF_EMPTY, pem = BUF_EMPTY;
	struct gpu_answer head = { .version = GPU_WIRE_VERSION, .count = 1 };
	struct gpu_piece piece = { .arch = NVML_BLACKWELL };
	struct gpu_made made = gpu_make(&s);
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	struct digest of_report, of_chain;
	struct buf message = BUF_EMPTY;
	struct err e = { 0 };

	pem = pki_pem(made.certs, made.cert_count);
	piece.report_len = (uint32_t)made.report_len;
	piece.chain_len = (uint32_t)pem.len;
	cr_assert_eq(buf_append(&message, span(&head, sizeof(head)), 100000, &e), 0);
	cr_assert_eq(buf_append(&message, span(&piece, sizeof(piece)), 100000, &e), 0);
	cr_assert_eq(buf_append(&message, span(made.report.at, made.report_len), 100000, &e), 0);
	cr_assert_eq(buf_append(&message, buf_view(&pem), 100000, &e), 0);
	for (size_t i = 0; i < made.cert_count; i++) {
		AUTO_BUF struct buf one = pki_der(made.certs[i]);

		cr_assert_eq(buf_append(&der, buf_view(&one), 100000, &e), 0);
	}
	cr_assert_eq(digest_of(DIGEST_SHA384, buf_view(&der), &of_chain, &e), 0);
	cr_assert_eq(
		digest_of(DIGEST_SHA384, span(made.report.at, made.report_len), &of_report, &e), 0);
	cr_assert_eq(gpus_read(&message, s.nonce, &g, &e), 0, "%s", e.text);
	cr_expect_str_eq(g.at[0].arch, "BLACKWELL");
	cr_expect_arr_eq(g.at[0].bound.pdi, s.pdi, sizeof(s.pdi));
	cr_expect_arr_eq(g.at[0].bound.report_sha384, of_report.at, 48);
	cr_expect_arr_eq(g.at[0].bound.chain_sha384, of_chain.at, 48);
	gpu_made_done(&made);
}

Test(gpu, none_is_an_answer)
{
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	AUTO_JSON cJSON *json = NULL;
	struct err e = { 0 };

	cr_assert_eq(read_message(fake_gpu_message(NONCE, 0, 0, false), &g, &e), 0, "%s", e.text);
	cr_expect_eq(g.count, 0);
	cr_assert_eq(gpus_json(&g, &json, &e), 0);
	cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "list")), 0);
}

struct change {
	char what[24];
	size_t at;
	uint32_t value;
	int want;
};

#define HEAD(field)  offsetof(struct gpu_answer, field)
#define PIECE(field) (sizeof(struct gpu_answer) + offsetof(struct gpu_piece, field))

ParameterizedTestParameters(gpu, refuses_what_breaks_the_form)
{
	static struct change rows[] = {
		{ "version", HEAD(version), GPU_WIRE_VERSION + 1, -FAIL_INPUT },
		{ "unknown kind", HEAD(kind), 99, -FAIL_INPUT },
		{ "kind with devices", HEAD(kind), FAIL_DENIED, -FAIL_INPUT },
		{ "too many", HEAD(count), LIMIT_GPUS + 1, -FAIL_LIMIT },
		{ "far too many", HEAD(count), UINT32_MAX, -FAIL_LIMIT },
		{ "one more than there is", HEAD(count), 3, -FAIL_INPUT },
		{ "one less than there is", HEAD(count), 1, -FAIL_INPUT },
		{ "too many switches", HEAD(switches), LIMIT_SWITCHES + 1, -FAIL_LIMIT },
		{ "a switch too many", HEAD(switches), 1, -FAIL_INPUT },
		{ "a GPU as a switch", PIECE(arch), GPU_WIRE_LS10, -FAIL_INPUT },
		{ "ready 2", HEAD(is_ready), 2, -FAIL_INPUT },
		{ "driver not text", HEAD(driver), 0x0a0a0a0a, -FAIL_INPUT },
		{ "ampere", PIECE(arch), 7, -FAIL_INPUT },
		{ "no generation", PIECE(arch), UINT32_MAX, -FAIL_INPUT },
		{ "empty report", PIECE(report_len), 0, -FAIL_INPUT },
		{ "short report", PIECE(report_len), 8, -FAIL_INPUT },
		{ "long report", PIECE(report_len), UINT32_MAX, -FAIL_INPUT },
		{ "empty chain", PIECE(chain_len), 0, -FAIL_INPUT },
		{ "long chain", PIECE(chain_len), UINT32_MAX, -FAIL_INPUT },
		{ "chain of a byte", PIECE(chain_len), 1, -FAIL_INPUT },
	};

	return cr_make_param_array(struct change, rows, COUNT_OF(rows));
}

ParameterizedTest(struct change *row, gpu, refuses_what_breaks_the_form)
{
	struct buf m = fake_gpu_message(NONCE, 2, 1, false);
	struct gpus g = GPUS_EMPTY;
	struct err e = { 0 };

	memcpy(m.at + row->at, &row->value, sizeof(row->value));
	cr_expect_eq(read_message(m, &g, &e), row->want, "%s: %s", row->what, e.text);
	cr_expect_eq(g.count, 0, "output untouched on failure");
	cr_expect_null(g.message.at);
}

Test(gpu, refuses_every_cut_and_every_tail)
{
	AUTO_BUF struct buf whole = fake_gpu_message(NONCE, 1, 1, false);
	struct err e = { 0 };

	for (size_t len = 0; len <= whole.len + 1; len++) {
		AUTO_GPUS struct gpus g = GPUS_EMPTY;
		struct buf m = BUF_EMPTY;

		cr_assert_eq(buf_append(&m, span(whole.at, len < whole.len ? len : whole.len),
					whole.len, &e),
			     0);
		if (len > whole.len)
			cr_assert_eq(buf_append(&m, span("", 1), whole.len + 1, &e), 0);
		cr_assert_eq(read_message(m, &g, &e), len == whole.len ? 0 : -FAIL_INPUT,
			     "%zu of %zu: %s", len, whole.len, e.text);
	}
}

Test(gpu, refuses_a_report_over_another_nonce)
{
	struct gpus g = GPUS_EMPTY;
	uint8_t other[GPU_NONCE_LEN];
	struct err e = { 0 };

	memcpy(other, NONCE, sizeof(other));
	other[31] ^= 1;
	cr_expect_eq(read_message(fake_gpu_message(other, 1, 1, false), &g, &e), -FAIL_FORGED);
}

Test(gpu, refuses_a_device_twice)
{
	AUTO_BUF struct buf one = fake_gpu_message(NONCE, 1, 1, false);
	struct buf two = BUF_EMPTY;
	struct gpus g = GPUS_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(buf_append(&two, buf_view(&one), 100000, &e), 0);
	cr_assert_eq(buf_append(&two,
				span(one.at + sizeof(struct gpu_answer),
				     one.len - sizeof(struct gpu_answer)),
				100000, &e),
		     0);
	memcpy(two.at + HEAD(count), &(uint32_t){ 2 }, 4);
	cr_expect_eq(read_message(two, &g, &e), -FAIL_FORGED);
	cr_expect_str_eq(e.text, "GPUs: one device twice");
}

Test(gpu, says_what_the_program_says)
{
	struct gpu_answer no = { .version = GPU_WIRE_VERSION,
				 .kind = FAIL_DENIED,
				 .reason = GPU_DEVTOOLS,
				 .text = "DevTools mode: the host may look inside" };
	struct gpus g = GPUS_EMPTY;
	struct err e = { 0 };

	for (int round = 0; round < 3; round++) {
		struct buf m = BUF_EMPTY;

		if (round == 1)
			memset(no.text, 'x', sizeof(no.text));
		if (round == 2)
			no = (struct gpu_answer){ .version = GPU_WIRE_VERSION,
						  .kind = 1,
						  .reason = GPU_REASONS };
		cr_assert_eq(buf_append(&m, span(&no, sizeof(no)), 1000, &e), 0);
		cr_expect_eq(read_message(m, &g, &e), round ? -FAIL_INPUT : -FAIL_DENIED);
		if (!round)
			cr_expect_str_eq(e.text, "GPUs: DevTools mode: the host may look inside");
	}
}

/* --- certificates --- */

static int read_chain(const char *pem, struct err *e)
{
	struct binding_device d = { 0 };

	return gpu_chain_read(span_text(pem), &d, e);
}

/* `count` certificates of a device's, the first `drop` left out. */
static struct buf chain_of(enum gpu_chip chip, size_t drop, size_t count)
{
	struct gpu_spec s = gpu_spec(chip);
	struct gpu_made m = gpu_make(&s);
	struct buf pem = BUF_EMPTY;

	for (size_t i = 0; i < count; i++) {
		AUTO_BUF struct buf one =
			pki_pem(&m.certs[drop + i < m.cert_count ? drop + i : m.cert_count - 1], 1);

		cr_assert_eq(buf_append(&pem, buf_view(&one), 100000, NULL), 0);
	}
	gpu_made_done(&m);
	return pem;
}

Test(gpu, a_chain_names_its_device)
{
	AUTO_BUF struct buf gpu = chain_of(GPU_GH100, 0, 5), nvswitch = chain_of(GPU_LS10, 0, 5);
	AUTO_BUF struct buf shifted = chain_of(GPU_GH100, 1, 4), alone = chain_of(GPU_GH100, 0, 1);
	AUTO_BUF struct buf most = chain_of(GPU_GH100, 0, GPU_CHAIN_MAX);
	AUTO_BUF struct buf more = chain_of(GPU_GH100, 0, GPU_CHAIN_MAX + 1);
	struct binding_device d = { 0 };
	struct err e = { 0 };

	cr_expect_eq(gpu_chain_read(buf_view(&gpu), &d, &e), 0, "%s", e.text);
	cr_expect_not(d.is_switch);
	cr_expect_eq(gpu_chain_read(buf_view(&nvswitch), &d, &e), 0, "%s", e.text);
	cr_expect(d.is_switch);
	cr_expect_eq(gpu_chain_read(buf_view(&shifted), &d, &e), -FAIL_INPUT, "a maker's serial");
	cr_expect_eq(gpu_chain_read(buf_view(&alone), &d, &e), -FAIL_INPUT);
	cr_expect_eq(gpu_chain_read(buf_view(&most), &d, &e), 0, "%s", e.text);
	cr_expect_eq(gpu_chain_read(buf_view(&more), &d, &e), -FAIL_LIMIT);
}

Test(gpu, what_is_no_chain)
{
	AUTO_BUF struct buf pem = chain_of(GPU_GH100, 0, 5);
	struct err e = { 0 };

	cr_expect_eq(read_chain("", &e), -FAIL_INPUT);
	cr_expect_eq(read_chain("nothing", &e), -FAIL_INPUT);
	cr_expect_eq(
		read_chain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &e),
		-FAIL_INPUT);
	/* Nobody is asked for a password. */
	cr_expect_eq(read_chain("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
				"DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
				"AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n",
				&e),
		     -FAIL_INPUT);
	pem.at[pem.len - 40] = '*';
	cr_expect_eq(read_chain((const char *)pem.at, &e), -FAIL_INPUT, "the last one is spoilt");
}

/* --- sameness --- */

Test(gpu, the_same_devices_in_any_order)
{
	AUTO_GPUS struct gpus a = GPUS_EMPTY, b = GPUS_EMPTY, c = GPUS_EMPTY, d = GPUS_EMPTY;
	struct gpu_device first;
	struct err e = { 0 };

	cr_assert_eq(read_message(fake_gpu_message(NONCE, 2, 1, false), &a, &e), 0);
	cr_assert_eq(read_message(fake_gpu_message(NONCE, 2, 1, true), &b, &e), 0);
	cr_assert_eq(read_message(fake_gpu_message(NONCE, 2, 2, false), &c, &e), 0);
	cr_assert_eq(read_message(fake_gpu_message(NONCE, 1, 1, false), &d, &e), 0);
	cr_expect(gpus_are_same(&a, &b));
	first = b.at[0];
	b.at[0] = b.at[1];
	b.at[1] = first;
	cr_expect(gpus_are_same(&a, &b));
	cr_expect_not(gpus_are_same(&a, &c));
	cr_expect_not(gpus_are_same(&a, &d));
	cr_expect_not(gpus_are_same(&d, &a));
}

/* --- asking --- */

struct way {
	char what[24];
	enum fake_gpu_mode mode;
	int want;
};

ParameterizedTestParameters(gpu, each_way_that_an_answer_fails)
{
	static struct way rows[] = {
		{ "good", FAKE_GPU_GOOD, 0 },
		{ "late answer first", FAKE_GPU_STALE, 0 },
		{ "refused", FAKE_GPU_REFUSED, -FAIL_DENIED },
		{ "no socket", FAKE_GPU_NO_SOCKET, -FAIL_INPUT },
		{ "dies", FAKE_GPU_DIES, -FAIL_SYS },
		{ "does not hear", FAKE_GPU_UNHEARD, -FAIL_SYS },
		{ "silent", FAKE_GPU_SILENT, -FAIL_AGAIN },
		{ "cc off", FAKE_GPU_CC_OFF, -FAIL_DENIED },
		{ "another nonce", FAKE_GPU_NONCE, -FAIL_FORGED },
	};

	return cr_make_param_array(struct way, rows, COUNT_OF(rows));
}

ParameterizedTest(struct way *row, gpu, each_way_that_an_answer_fails, .timeout = 60)
{
	struct fake_gpu f = { .mode = row->mode, .count = 1, .first = 1 };
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	struct gpu_way way = { .lane = 3 };
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	way.control = way.answers = pair[0];
	fake_gpu_start(&f, pair[1]);
	cr_expect_eq(gpu_ask(&way, GPU_COLLECT, NONCE,
			     deadline_in(row->mode == FAKE_GPU_SILENT ? 300 : 20000), &g, &e),
		     row->want, "%s: %s", row->what, e.text);
	cr_expect_eq(g.count, row->want ? 0 : 1);
	fd_done(&pair[0]);
	fake_gpu_stop(&f);
	fd_done(&pair[1]);
}

Test(gpu, asks_by_a_number_of_its_own_lane)
{
	struct fake_gpu f = { .count = 0 };
	AUTO_GPUS struct gpus g = GPUS_EMPTY;
	struct gpu_way way = { .lane = 2 };
	struct err e = { 0 };
	int pair[2];

	cr_assert_eq(ipc_pair(pair, &e), 0);
	way.control = way.answers = pair[0];
	fake_gpu_start(&f, pair[1]);
	cr_assert_eq(gpu_ask(&way, GPU_SET_READY, NONCE, deadline_in(20000), &g, &e), 0, "%s",
		     e.text);
	cr_expect_eq(way.asked, 1);
	cr_expect_eq(gpu_way_lane(1 << 8 | way.lane), 2);
	cr_expect_eq(f.sets, 1);
	cr_expect_eq(f.collects, 0);
	fd_done(&pair[0]);
	fake_gpu_stop(&f);
	fd_done(&pair[1]);
}
