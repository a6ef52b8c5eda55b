/* Recorded evidence gets the verdict that gpu-evidence 8.3 says. */
#include <criterion/criterion.h>

#include "base/b64.h"
#include "base/json.h"
#include "tests/unit/verify/gpu/vectors.h"
#include "tests/unit/verify/rig.h"

static void start(struct rig *r, const char *report, const char *chain)
{
	AUTO_BUF struct buf bytes = vector_hex(report);

	rig_init(r, strstr(report, "ls10") ? PART_SWITCH : PART_GPU);
	vector_chain(chain, &r->part.certs);
	r->part.expect = (struct expect){ .asked = true, .len = 32 };
	memcpy(r->part.expect.at, bytes.at + 4, 32);
	(void)rig_run(r, gpu_verify, buf_view(&bytes));
}

static void expect_claim(const struct rig *r, const char *claim, const char *want)
{
	const char *is = verify_claim(r->context.verdict, "part0", claim);

	cr_expect(is && !strcmp(is, want), "%s: %s, wanted %s", claim, is ? is : "absent", want);
}

/* With an empty store: genuine and fresh, and neither current nor compared. */
static void expect_genuine(const struct rig *r, const char *what)
{
	const struct verify_verdict *v = r->context.verdict;

	row_print("8.3", what, v);
	cr_expect(rig_word(r, VERIFY_GENUINE) == VERIFY_GENUINE_YES, "%s: %s", what,
		  verify_finding(v, 0).text);
	cr_expect(rig_said(r, "gpu.genuine"), "%s", what);
	cr_expect(rig_word(r, VERIFY_WORKLOAD) == VERIFY_WORKLOAD_UNKNOWN, "%s", what);
	cr_expect(r->part.outcome.genuine, "%s", what);
	cr_expect(rig_word(r, VERIFY_FRESH) == VERIFY_FRESH_YES, "%s", what);
	cr_expect(rig_word(r, VERIFY_PLATFORM) == VERIFY_PLATFORM_UNPROVEN, "%s", what);
	cr_expect(verify_decision(v) == VERIFY_UNPROVEN, "%s", what);
	cr_expect(verify_missing_count(v) >= 4, "%s", what);
}

Test(vectors, hopper_with_its_chain_is_genuine)
{
	struct rig r;

	start(&r, "hopper-report.hex", "hopper-chain-case1.pem");
	expect_genuine(&r, "hopper-report, case 1");
	expect_claim(&r, "driver_version", "550.90.07");
	expect_claim(&r, "vbios_version", "96.00.9F.00.01");
	expect_claim(&r, "hwmodel", "GH100 A01 GSP BROM");
	expect_claim(&r, "driver_rim", "NV_GPU_DRIVER_GH100_550.90.07");
	expect_claim(&r, "vbios_rim", "NV_GPU_VBIOS_1010_0200_882_96009F0001");
	rig_done(&r);
}

Test(vectors, the_samples_nonce_is_fresh_for_him_alone_who_asks_for_it)
{
	AUTO_BUF struct buf bytes = vector_hex("hopper-report.hex");
	struct rig r;

	start(&r, "hopper-report.hex", "hopper-chain-case1.pem");
	cr_expect(rig_word(&r, VERIFY_FRESH) == VERIFY_FRESH_YES);
	r.part.expect.at[0] ^= 1;
	(void)rig_run(&r, gpu_verify, buf_view(&bytes));
	cr_expect(rig_said(&r, "fresh.other"));
	r.part.expect.asked = false;
	(void)rig_run(&r, gpu_verify, buf_view(&bytes));
	cr_expect(rig_said(&r, "gpu.nonce-public"));
	cr_expect(rig_word(&r, VERIFY_FRESH) == VERIFY_FRESH_NO);
	rig_done(&r);
}

Test(vectors, cocos_hopper_is_genuine_with_its_trailing_byte)
{
	struct rig r;
	const cJSON *trailing;

	start(&r, "hopper-coco-report.hex", "hopper-coco-chain.pem");
	expect_genuine(&r, "hopper-coco-report");
	expect_claim(&r, "driver_version", "580.95.05");
	expect_claim(&r, "vbios_version", "96.00.74.00.1A");
	/* A number of 64 bits is text to the tree. */
	trailing = cJSON_GetObjectItem(verdict_claims(r.context.verdict, 0), "trailing_bytes");
	cr_expect(trailing && !strcmp(trailing->valuestring, "1"));
	cr_expect(r.part.outcome.gpu.has_feature && r.part.outcome.gpu.feature == 0);
	rig_done(&r);
}

Test(vectors, the_old_format_is_genuine_and_out_of_date)
{
	AUTO_BUF struct buf bytes = vector_hex("hopper-535-report.hex");
	struct rig r;

	start(&r, "hopper-535-report.hex", "hopper-535-chain.pem");
	cr_expect(rig_said(&r, "gpu.old-format"));
	cr_expect(rig_word(&r, VERIFY_PLATFORM) == VERIFY_PLATFORM_OUT_OF_DATE);
	r.policy.gpu.allow_old_format = true;
	(void)rig_run(&r, gpu_verify, buf_view(&bytes));
	expect_genuine(&r, "hopper-535-report, the old format allowed");
	expect_claim(&r, "driver_version", "535.86.09");
	expect_claim(&r, "vbios_rim", "NV_GPU_VBIOS_1010_0200_882_96005E0001");
	rig_done(&r);
}

Test(vectors, a_switch_is_genuine)
{
	struct rig r;

	start(&r, "ls10-report.hex", "ls10-chain.pem");
	expect_genuine(&r, "ls10-report");
	expect_claim(&r, "vbios_version", "96.10.55.00.01");
	expect_claim(&r, "switch_bios_rim", "NV_SWITCH_BIOS_5612_0002_890_9610550001");
	cr_expect(r.part.outcome.gpu.position == 2 && r.part.outcome.gpu.lock == 1);
	rig_done(&r);
}

Test(vectors, chains_that_are_cut_or_start_elsewhere_are_refused)
{
	static const char *const chains[][2] = {
		{ "hopper-chain-case2.pem", "case 2: the root alone" },
		{ "hopper-chain-case3.pem", "case 3: an intermediate is missing" },
		{ "hopper-chain-case4.pem", "case 4: the device's CA as leaf" },
		{ "hopper-535-chain.pem", "another device's chain" },
		{ "ls10-chain.pem", "a switch's chain" },
	};

	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		struct rig r;

		start(&r, "hopper-report.hex", chains[i][0]);
		row_print("8.3", chains[i][1], r.context.verdict);
		cr_expect(rig_said(&r, i < 3 ? "gpu.chain" : "gpu.signature"), "%s", chains[i][1]);
		cr_expect(verify_decision(r.context.verdict) == VERIFY_REFUSED);
		rig_done(&r);
	}
}

/* --- The protected PCIe machine --------------------------------------------------------------- */

#define SET 12

struct machine {
	struct rig rig; /* of its verdict, policy and store */
	struct part parts[SET];
	struct buf bytes[SET];
	size_t count;
};

static void decode(const cJSON *node, const char *member, struct buf *ret)
{
	const cJSON *text = cJSON_GetObjectItem(node, member);

	cr_assert_eq(b64_decode(B64_STANDARD, span_text(text->valuestring), 65536, ret, NULL), 0);
}

static void add_device(struct machine *m, const cJSON *node, enum part_kind kind)
{
	struct part *p = &m->parts[m->count];
	AUTO_BUF struct buf pem = BUF_EMPTY;
	struct err e = { 0 };

	decode(node, "evidence", &m->bytes[m->count]);
	decode(node, "certificate", &pem);
	cr_assert_eq(certs_add_pem(&p->certs, buf_view(&pem), &e), 0, "%s", e.text);
	p->kind = kind;
	p->bytes = buf_view(&m->bytes[m->count]);
	(void)snprintf(p->arch, sizeof(p->arch), "%s",
		       cJSON_GetObjectItem(node, "arch")->valuestring);
	(void)snprintf(p->name, sizeof(p->name), "%s%zu", kind == PART_GPU ? "gpu" : "switch",
		       m->count);
	p->expect = (struct expect){ .asked = true, .len = 32 };
	cr_assert_eq(hex_bytes(cJSON_GetObjectItem(node, "nonce")->valuestring, "nonce",
			       p->expect.at, 32, &e),
		     0);
	m->count++;
}

static void read_machine(struct machine *m)
{
	AUTO_JSON cJSON *gpus = vector_json("ppcie-gpu-evidence.json");
	AUTO_JSON cJSON *switches = vector_json("ppcie-switch-evidence.json");

	*m = (struct machine){ 0 };
	rig_init(&m->rig, PART_GPU);
	for (const cJSON *i = gpus->child; i; i = i->next)
		add_device(m, i, PART_GPU);
	for (const cJSON *i = switches->child; i; i = i->next)
		add_device(m, i, PART_SWITCH);
	cr_assert(m->count == SET);
}

static void judge_machine(struct machine *m)
{
	const struct verdict_options o = { .at = m->rig.context.at };
	struct verify_verdict **v = &m->rig.context.verdict;
	struct err e = { 0 };

	verify_free(*v);
	cr_assert_eq(verdict_new(&o, v, &e), 0);
	for (size_t i = 0; i < m->count; i++) {
		cr_assert_eq(verdict_part(*v, m->parts[i].name, "nvidia", 1u << VERIFY_BOUND,
					  &m->parts[i].index, &e),
			     0);
		cr_assert_eq(gpu_verify(&m->rig.context, &m->parts[i], &e), 0, "%s", e.text);
	}
	cr_assert_eq(gpu_verify_group(&m->rig.context, m->parts, m->count, &e), 0);
	cr_assert_eq(verdict_finish(*v, &e), 0);
}

static void machine_done(struct machine *m)
{
	for (size_t i = 0; i < SET; i++) {
		certs_done(&m->parts[i].certs);
		buf_done(&m->bytes[i]);
	}
	rig_done(&m->rig);
}

Test(vectors, eight_gpus_and_four_switches_are_a_whole)
{
	struct machine m;

	read_machine(&m);
	m.rig.policy.gpu.mode = GPU_MODE_PPCIE;
	judge_machine(&m);
	row_print("8.3", "PPCIE, 8 + 4", m.rig.context.verdict);
	cr_expect(rig_word(&m.rig, VERIFY_GENUINE) == VERIFY_GENUINE_YES);
	cr_expect(rig_word(&m.rig, VERIFY_FRESH) == VERIFY_FRESH_YES);
	cr_expect(rig_word(&m.rig, VERIFY_PLATFORM) == VERIFY_PLATFORM_UNPROVEN);
	cr_expect(rig_said(&m.rig, "gpu.topology-good"));
	cr_expect(!rig_said(&m.rig, "bound.twice") && !rig_said(&m.rig, "gpu.group-mixed"));
	machine_done(&m);
}

Test(vectors, a_machine_with_a_switch_missing_or_twice_is_none)
{
	struct machine m;

	read_machine(&m);
	m.count = SET - 1;
	judge_machine(&m);
	row_print("24", "PPCIE, 8 + 3", m.rig.context.verdict);
	cr_expect(rig_said(&m.rig, "gpu.group-part"));
	cr_expect(!rig_said(&m.rig, "gpu.topology-good"));
	m.rig.policy.gpu.mode = GPU_MODE_PPCIE;
	judge_machine(&m);
	cr_expect(rig_said(&m.rig, "gpu.topology"));

	m.count = SET;
	m.parts[SET - 1].bytes = m.parts[SET - 2].bytes;
	certs_done(&m.parts[SET - 1].certs);
	for (size_t i = 0; i < m.parts[SET - 2].certs.count; i++)
		cr_assert_eq(
			certs_add_ref(&m.parts[SET - 1].certs, m.parts[SET - 2].certs.at[i], NULL),
			0);
	judge_machine(&m);
	row_print("24", "PPCIE, one switch twice", m.rig.context.verdict);
	cr_expect(rig_said(&m.rig, "bound.twice") && rig_said(&m.rig, "gpu.topology"));
	machine_done(&m);
}
