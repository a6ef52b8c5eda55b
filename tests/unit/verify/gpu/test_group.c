/* Devices as a set: count, each once, all alike, and the links of a protected PCIe group. */
#include <criterion/criterion.h>

#include "tests/unit/verify/gpu/device_rig.h"

struct set {
	struct gpu_spec specs[GPU_SET];
	size_t count;
	struct device_rig rigs[GPU_SET + 1];
	struct part parts[GPU_SET + 1];
	struct rig whole; /* policy and verdict of all */
};

static struct set *set_new(void)
{
	struct set *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	gpu_spec_set(s->specs);
	s->count = GPU_SET;
	return s;
}

/* What was made of a part moves over to the whole's verdict, under a name of its own. */
static void add_part(struct set *s, size_t i)
{
	struct part *p = &s->parts[i];
	struct err e = { 0 };

	*p = s->rigs[i].rig.part;
	(void)snprintf(p->name, sizeof(p->name), "%s%zu", p->kind == PART_GPU ? "gpu" : "switch",
		       i);
	if (verdict_part(s->whole.context.verdict, p->name, "nvidia", 1u << VERIFY_BOUND, &p->index,
			 &e))
		abort();
}

static void set_judge(struct set *s)
{
	const struct verdict_options o = { .at = s->whole.context.at };
	struct err e = { 0 };

	for (size_t i = 0; i < s->count; i++) {
		device_rig_init(&s->rigs[i], &s->specs[i]);
		(void)device_run(&s->rigs[i]);
	}
	rig_init(&s->whole, PART_GPU);
	if (verdict_new(&o, &s->whole.context.verdict, &e))
		abort();
}

static void set_run(struct set *s, size_t count)
{
	struct err e = { 0 };

	for (size_t i = 0; i < count; i++)
		add_part(s, i);
	cr_assert_eq(gpu_verify_group(&s->whole.context, s->parts, count, &e), 0, "%s", e.text);
	cr_assert_eq(verdict_finish(s->whole.context.verdict, &e), 0);
}

static void set_done(struct set *s)
{
	for (size_t i = 0; i < s->count; i++)
		device_rig_done(&s->rigs[i]);
	rig_done(&s->whole);
	free(s);
}

/* Judges the set as it now is and expects this finding; NULL: a good group. */
static void expect_set(struct set *s, const char *id, const char *what, const char *code)
{
	set_judge(s);
	set_run(s, s->count);
	row_print(id, what, s->whole.context.verdict);
	if (code) {
		cr_expect(rig_said(&s->whole, code), "%s: %s is not said", what, code);
		cr_expect(!rig_said(&s->whole, "gpu.topology-good"), "%s", what);
	} else {
		cr_expect(rig_said(&s->whole, "gpu.topology-good"), "%s", what);
		cr_expect(verify_finding_count(s->whole.context.verdict) == 1, "%s: %s", what,
			  verify_finding(s->whole.context.verdict, 0).text);
	}
	set_done(s);
}

/* --- Row 24: topology ------------------------------------------------------------------------- */

Test(group, eight_and_four_are_a_whole)
{
	struct set *s = set_new();

	expect_set(s, "24", "8 GPUs and 4 switches", NULL);
}

Test(group, the_order_does_not_matter)
{
	struct set *s = set_new();
	struct gpu_spec held = s->specs[0];

	s->specs[0] = s->specs[GPU_SET - 1];
	s->specs[GPU_SET - 1] = held;
	expect_set(s, "21", "order changed", NULL);
}

Test(group, links_end_in_the_four_switches)
{
	struct set *s = set_new();

	gpu_field(&s->specs[3], 22)->at[8 * 17] ^= 1;
	expect_set(s, "24", "link to a fifth switch", "gpu.topology");
	s = set_new();
	memset(gpu_field(&s->specs[3], 22)->at, 0, 8);
	expect_set(s, "24", "one link off", NULL);
	s = set_new();
	for (size_t i = 0; i < 18; i += 4)
		memset(gpu_field(&s->specs[3], 22)->at + 8 * i, 0, 8);
	expect_set(s, "24", "no link to one of the switches", "gpu.topology");
	s = set_new();
	memset(gpu_field(&s->specs[3], 22)->at, 0, 144);
	expect_set(s, "24", "all links off", "gpu.topology");
	s = set_new();
	gpu_drop(&s->specs[3], 22);
	expect_set(s, "24", "links not told", "gpu.topology");
	s = set_new();
	gpu_field(&s->specs[3], 22)->len = 80;
	expect_set(s, "24", "10 links told", NULL);
}

Test(group, switches_serve_these_gpus_and_no_other)
{
	struct set *s = set_new();

	gpu_field(&s->specs[9], 26)->at[63] ^= 1;
	expect_set(s, "24", "foreign GPU in field 26", "gpu.topology");
	s = set_new();
	memcpy(gpu_field(&s->specs[9], 26)->at, gpu_field(&s->specs[9], 26)->at + 8, 8);
	expect_set(s, "24", "one GPU twice in field 26", "gpu.topology");
	s = set_new();
	gpu_drop(&s->specs[9], 26);
	expect_set(s, "24", "GPUs not told", "gpu.topology");
	s = set_new();
	gpu_drop(&s->specs[9], 22);
	expect_set(s, "24", "switch without its own PDI", "gpu.topology");
	s = set_new();
	gpu_set(&s->specs[9], 25, "\0\0", 2);
	expect_set(s, "24", "switch unlocked", "gpu.topology");
	s = set_new();
	gpu_set(&s->specs[9], 25, "\3\0", 2);
	expect_set(s, "24", "switch of another lock status", "gpu.topology");
	s = set_new();
	gpu_set(&s->specs[9], 24, "\2\0", 2);
	expect_set(s, "24", "position twice", "gpu.topology");
	s = set_new();
	gpu_set(&s->specs[9], 24, "\4\0", 2);
	expect_set(s, "24", "position 4", "gpu.topology");
	s = set_new();
	gpu_drop(&s->specs[9], 24);
	expect_set(s, "24", "position not told", "gpu.topology");
}

Test(group, one_switch_twice_or_a_gpu_twice_is_no_whole)
{
	struct set *s = set_new();

	s->specs[11] = s->specs[10];
	expect_set(s, "24", "one switch twice", "gpu.topology");
	s = set_new();
	s->specs[11] = s->specs[10];
	expect_set(s, "24", "one switch twice", "bound.twice");
	s = set_new();
	s->specs[7] = s->specs[0];
	expect_set(s, "21", "one GPU twice", "bound.twice");
	s = set_new();
	memcpy(s->specs[7].leaf_serial, s->specs[0].leaf_serial, 20);
	expect_set(s, "21", "one leaf serial twice", "bound.twice");
}

Test(group, a_gpu_that_is_not_protected_is_no_member)
{
	struct set *s = set_new();

	gpu_set(&s->specs[5], 21, "\x55", 1);
	gpu_set(&s->specs[5], 36, "\0\0", 2);
	expect_set(s, "24", "one GPU without protected PCIe", "gpu.topology");
	s = set_new();
	for (size_t i = 0; i < GPU_SET_GPUS; i++) {
		gpu_set(&s->specs[i], 21, "\x55", 1);
		gpu_set(&s->specs[i], 36, "\0\0", 2);
	}
	expect_set(s, "24", "no GPU with protected PCIe", "gpu.topology");
}

Test(group, what_is_not_genuine_is_no_member)
{
	struct set *s = set_new();

	s->specs[2].sign = GPU_SIGN_OTHER_KEY;
	expect_set(s, "24", "one GPU forged", "gpu.group-part");
}

/* A thirteenth device that is forged spoils a good twelve. */
Test(group, a_forged_device_beside_a_whole_spoils_it)
{
	struct set *s = set_new();
	struct err e = { 0 };

	set_judge(s);
	for (size_t i = 0; i < s->count; i++)
		add_part(s, i);
	s->parts[GPU_SET] = s->parts[0];
	s->parts[GPU_SET].outcome = (struct outcome){ 0 };
	cr_assert_eq(gpu_verify_group(&s->whole.context, s->parts, GPU_SET + 1, &e), 0);
	cr_expect(!rig_said(&s->whole, "gpu.topology-good"));
	set_done(s);
}

/* --- Row 21: how many, and all alike ---------------------------------------------------------- */

Test(group, counts_genuine_devices)
{
	static const struct {
		uint64_t gpus, switches;
		size_t shown;
		bool good;
		const char *what;
	} rows[] = {
		{ 8, 4, 12, true, "8 and 4 demanded, sent" },
		{ 8, 4, 11, false, "4 switches demanded, 3 sent" },
		{ 8, 0, 8, true, "8 GPUs demanded, sent" },
		{ 8, 0, 7, false, "8 GPUs demanded, 7 sent" },
		{ 7, 0, 8, false, "7 GPUs demanded, 8 sent" },
		{ 1, 0, 0, false, "1 GPU demanded, none sent" },
		{ 0, 0, 0, true, "none demanded, none sent" },
		{ 0, 0, 1, false, "none demanded, 1 sent" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct set *s = set_new();

		set_judge(s);
		s->whole.policy.gpu.has_count = s->whole.policy.gpu.has_switches = true;
		s->whole.policy.gpu.count = rows[i].gpus;
		s->whole.policy.gpu.switches = rows[i].switches;
		set_run(s, rows[i].shown);
		row_print("21", rows[i].what, s->whole.context.verdict);
		cr_expect(rig_said(&s->whole, "bound.count") == !rows[i].good, "%s", rows[i].what);
		set_done(s);
	}
}

Test(group, counts_what_was_sent_genuine_or_not)
{
	struct set *s = set_new();

	s->specs[1].sign = GPU_SIGN_OTHER_KEY;
	set_judge(s);
	s->whole.policy.gpu.has_count = true;
	s->whole.policy.gpu.count = 8;
	set_run(s, GPU_SET);
	cr_expect_not(rig_said(&s->whole, "bound.count"));
	s->whole.policy.gpu.count = 7;
	set_run(s, GPU_SET);
	cr_expect(rig_said(&s->whole, "bound.count"));
	set_done(s);
}

Test(group, a_part_of_a_protected_group_is_said_and_refused_if_a_whole_is_demanded)
{
	struct set *s = set_new();

	set_judge(s);
	set_run(s, 3);
	cr_expect(rig_said(&s->whole, "gpu.group-part"));
	set_done(s);
	s = set_new();
	set_judge(s);
	s->whole.policy.gpu.mode = GPU_MODE_PPCIE;
	set_run(s, 8);
	row_print("24", "a whole demanded, no switches", s->whole.context.verdict);
	cr_expect(rig_said(&s->whole, "gpu.topology"));
	cr_expect(verify_decision(s->whole.context.verdict) == VERIFY_REFUSED);
	set_done(s);
}

/* Two single GPUs that should be alike and are not. */
static void expect_pair(const struct gpu_spec *a, const struct gpu_spec *b, const char *what,
			const char *code)
{
	struct set *s = set_new();

	s->specs[0] = *a;
	s->specs[1] = *b;
	s->count = 2;
	memset(s->specs[1].pdi, 0x66, 8);
	memset(s->specs[1].leaf_serial, 0x66, 20);
	set_judge(s);
	set_run(s, 2);
	row_print("7.3", what, s->whole.context.verdict);
	if (code)
		cr_expect(rig_said(&s->whole, code), "%s", what);
	else
		cr_expect(!verify_finding_count(s->whole.context.verdict), "%s: %s", what,
			  verify_finding(s->whole.context.verdict, 0).text);
	set_done(s);
}

Test(group, devices_of_one_guest_are_alike)
{
	struct gpu_spec a = gpu_spec(GPU_GH100), b = a;

	expect_pair(&a, &b, "two GPUs alike", NULL);
	b.nonce[0] ^= 1;
	expect_pair(&a, &b, "two nonces", "gpu.group-nonce");
	b = a;
	gpu_set(&b, 3, "550.90.08", 10);
	expect_pair(&a, &b, "two drivers", "gpu.group-mixed");
	b = a;
	gpu_set(&b, 36, "\1\0", 2);
	expect_pair(&a, &b, "two feature flags", "gpu.group-mixed");
	b = gpu_spec(GPU_GB100);
	expect_pair(&a, &b, "two architectures", "gpu.group-mixed");
}
