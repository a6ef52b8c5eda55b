/* Judges an event log: it is worth what the registers are that a genuine part signed. */
#include <inttypes.h>
#include <string.h>

#include "attest/verify/context.h"
#include "attest/verify/log/claims.h"
#include "attest/verify/log/workload.h"

#define RESETTABLE (1u << 16 | 1u << 23) /* PCRs that whoever runs in the guest sets to zero */
#define RTMRS	   4

/* The signed registers under the log's numbers. */
struct signed_registers {
	uint32_t present;
	uint8_t at[TCG_REGISTERS][64];
};

static void renumber(const struct registers *from, struct signed_registers *ret)
{
	*ret = (struct signed_registers){ 0 };
	for (uint32_t i = 0; i < (from->is_rtmr ? RTMRS : TCG_REGISTERS); i++)
		if (from->present & 1u << i) {
			uint32_t reg = from->is_rtmr ? i + 1 : i;

			ret->present |= 1u << reg;
			memcpy(ret->at[reg], from->at[i], sizeof(ret->at[reg]));
		}
}

/* Every register that is signed or logged, or those that the policy names. */
static uint32_t to_judge(const struct context *c, const struct tcg_log *log,
			 const struct tcg_replay *r, const struct signed_registers *s)
{
	uint32_t all = r->seen | s->present;

	if (c->policy->log.has_registers)
		return c->policy->log.registers;
	return log->form == TCG_FORM_TPM ? all & ~RESETTABLE : all;
}

static bool judge_register(const struct context *c, const struct part *p, const struct tcg_log *log,
			   const struct tcg_replay *r, const struct signed_registers *s,
			   uint32_t reg)
{
	char name[TCG_REGISTER_TEXT];
	const uint8_t *want = s->at[reg], *got = r->at[reg];

	tcg_register_name(log->form, reg, name);
	if (!(s->present & 1u << reg)) {
		verdict_say(c->verdict, p->index, LOG_MISMATCH,
			    "%s: %" PRIu32 " events, and nobody signed the register", name,
			    r->extended[reg]);
		return false;
	}
	if (r->lacking & 1u << reg) {
		verdict_say(c->verdict, p->index, LOG_ALGORITHM, "%s: an event without %s", name,
			    tcg_alg_name(r->alg));
		return false;
	}
	if (!memcmp(want, got, r->len))
		return true;
	verdict_say(c->verdict, p->index, LOG_MISMATCH,
		    "%s: %" PRIu32 " events lead to %02x%02x%02x%02x..., signed is "
		    "%02x%02x%02x%02x...",
		    name, r->extended[reg], got[0], got[1], got[2], got[3], want[0], want[1],
		    want[2], want[3]);
	return false;
}

static bool judge_registers(const struct context *c, const struct part *p,
			    const struct tcg_log *log, const struct tcg_replay *r,
			    const struct signed_registers *s, uint32_t judged)
{
	bool is_good = true;

	if (r->has_stray && !c->policy->log.has_registers) {
		verdict_say(c->verdict, p->index, LOG_MISMATCH,
			    "an event of register %" PRIu32 ", which does not exist", r->stray);
		is_good = false;
	}
	for (uint32_t reg = 0; reg < TCG_REGISTERS; reg++)
		if (judged & 1u << reg)
			is_good = judge_register(c, p, log, r, s, reg) && is_good;
	return is_good;
}

static void judge_separators(const struct context *c, const struct part *p,
			     const struct tcg_log *log, const struct tcg_replay *r, uint32_t judged)
{
	char name[TCG_REGISTER_TEXT];

	for (uint32_t reg = 0; reg < TCG_REGISTERS; reg++)
		if (r->broken & judged & 1u << reg) {
			tcg_register_name(log->form, reg, name);
			verdict_say(c->verdict, p->index, LOG_SEPARATOR,
				    "%s: the firmware's measuring failed", name);
		}
}

static void claim_judged(const struct context *c, const struct part *p, const struct tcg_log *log,
			 uint32_t judged)
{
	cJSON *list =
		verdict_array(c->verdict, verdict_claims(c->verdict, p->index), "judged_registers");
	char name[TCG_REGISTER_TEXT];

	for (uint32_t reg = 0; reg < TCG_REGISTERS; reg++)
		if (judged & 1u << reg) {
			tcg_register_name(log->form, reg, name);
			verdict_text(c->verdict, list, NULL, name);
		}
}

static int claim_log(const struct context *c, const struct part *p, const struct tcg_log *log,
		     const struct tcg_replay *r, uint32_t authenticated, struct err *e)
{
	cJSON *claims = verdict_claims(c->verdict, p->index);
	struct tcg_out o = { 0, e };

	tcg_claims_replay(&o, tcg_out_object(&o, claims, "replayed"), log, r);
	return o.failed ? o.failed : tcg_claims(log, r->alg, authenticated, claims, e);
}

static int refuse(const struct context *c, const struct part *p, int failed, const struct err *e)
{
	if (failed == -(int)FAIL_SYS)
		return failed;
	verdict_err(c->verdict, p->index, LOG_FORMAT, e);
	return 0;
}

static int judge_signed(const struct context *c, struct part *p, const struct registers *registers,
			struct err *e)
{
	AUTO_TCG_LOG struct tcg_log log = { 0 };
	struct signed_registers s;
	struct tcg_replay r;
	uint32_t judged;
	bool is_bound;
	int failed =
		tcg_log_read(p->bytes, registers->is_rtmr ? TCG_FORM_CC : TCG_FORM_TPM, &log, e);

	if (!failed)
		failed = tcg_replay(&log, registers->alg, &r, e);
	if (failed)
		return refuse(c, p, failed, e);
	renumber(registers, &s);
	judged = to_judge(c, &log, &r, &s);
	is_bound = judge_registers(c, p, &log, &r, &s, judged);
	failed = claim_log(c, p, &log, &r, is_bound ? judged : 0, e);
	if (failed || !is_bound)
		return failed;
	verdict_say(c->verdict, p->index, BOUND_LOG,
		    "%zu events replay to the registers that were signed", log.count);
	claim_judged(c, p, &log, judged);
	judge_separators(c, p, &log, &r, judged);
	return log_judge_workload(c, p, &log, r.alg, judged, e);
}

/* The algorithm to show data against when nobody signed a register: the header's first SHA-2. */
static uint16_t best_alg(const struct tcg_header *h)
{
	enum digest_alg ignored;

	for (uint32_t i = 0; i < h->alg_count; i++)
		if (tcg_alg_digest(h->algs[i].alg, &ignored))
			return h->algs[i].alg;
	return 0;
}

static int show(struct span bytes, cJSON *ret, struct err *e)
{
	AUTO_TCG_LOG struct tcg_log log = { 0 };
	struct tcg_out o = { 0, e };
	enum digest_alg ignored;
	struct tcg_replay r;
	enum tcg_form form;
	cJSON *replayed;
	int failed = tcg_log_guess(bytes, &form, e);

	if (!failed)
		failed = tcg_log_read(bytes, form, &log, e);
	if (failed)
		return failed;
	replayed = tcg_out_object(&o, ret, "replayed");
	for (uint32_t i = 0; i < log.header.alg_count && !o.failed; i++) {
		if (!tcg_alg_digest(log.header.algs[i].alg, &ignored))
			continue;
		failed = tcg_replay(&log, log.header.algs[i].alg, &r, e);
		if (failed)
			return failed;
		tcg_claims_replay(&o, replayed, &log, &r);
	}
	return o.failed ? o.failed : tcg_claims(&log, best_alg(&log.header), 0, ret, e);
}

/* Nobody vouches for a single byte of it: it is listed, and that is all. */
static int judge_unsigned(const struct context *c, struct part *p, const char *why, struct err *e)
{
	int failed = show(p->bytes, verdict_claims(c->verdict, p->index), e);

	if (failed)
		return refuse(c, p, failed, e);
	verdict_say(c->verdict, p->index, LOG_UNSIGNED, "%s", why);
	if (!c->policy->log.event_count && !c->policy->log.secure_boot && !c->policy->log.has_aael)
		verdict_say(c->verdict, p->index, LOG_NO_POLICY,
			    "events are listed, and none was "
			    "expected");
	return 0;
}

int log_verify(const struct context *c, struct part *p, const struct part *signed_by, struct err *e)
{
	if (!signed_by)
		return judge_unsigned(c, p, "no report or quote came with it", e);
	if (!signed_by->outcome.genuine)
		return judge_unsigned(c, p, "the evidence beside it is not genuine", e);
	if (!signed_by->outcome.registers.present)
		return judge_unsigned(c, p, "the evidence beside it signs no register", e);
	return judge_signed(c, p, &signed_by->outcome.registers, e);
}

int log_show(struct span log, cJSON *ret, struct err *e)
{
	return show(log, ret, e);
}
