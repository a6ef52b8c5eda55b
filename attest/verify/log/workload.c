#include "attest/verify/log/workload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/log/check.h"
#include "attest/verify/log/claims.h"
#include "attest/verify/log/tag.h"
#include "attest/verify/log/types.h"
#include "attest/verify/log/variable.h"
#include "base/mem.h"

#define FINDINGS_MAX	  8 /* of one kind: a log of another image differs everywhere */
#define SECURE_BOOT_RTMR0 1
#define SECURE_BOOT_PCR	  7
#define AAEL_RTMR3	  4
#define AAEL_PCR	  17	      /* the agent's default */
#define FIRMWARE_CC	  0x00000006u /* RTMR0 and RTMR1 */
#define FIRMWARE_TPM	  0x000000ffu /* PCR 0 to 7      */
#define EXIT_INVOCATION	  "Exit Boot Services Invocation"
#define EXIT_RETURNED	  "Exit Boot Services Returned with "

struct judging {
	const struct context *c;
	const struct part *p;
	const struct log_policy *policy;
	const struct tcg_log *log;
	uint16_t alg;
	uint32_t judged;
	unsigned said; /* findings of the kind that is being judged */
	struct err *e;
};

static void say_event(struct judging *j, enum reason r, const struct tcg_event *event,
		      const char *why)
{
	char name[TCG_REGISTER_TEXT];

	if (j->said++ >= FINDINGS_MAX)
		return;
	tcg_register_name(j->log->form, event->reg, name);
	verdict_say(j->c->verdict, j->p->index, r, "event %zu (%s, %s %08" PRIx32 "): %s",
		    (size_t)(event - j->log->events), name, tcg_type_name(event->type), event->type,
		    why);
}

static bool is_in(uint32_t registers, const struct tcg_event *event)
{
	return event->type != EV_NO_ACTION && event->reg < 32 && registers & 1u << event->reg;
}

static bool is_judged(struct judging *j, uint32_t reg, const char *what)
{
	char name[TCG_REGISTER_TEXT];

	if (j->judged & 1u << reg)
		return true;
	tcg_register_name(j->log->form, reg, name);
	verdict_say(j->c->verdict, j->p->index, LOG_NOT_JUDGED, "%s: %s is not among the judged",
		    what, name);
	return false;
}

/* --- "events" --------------------------------------------------------------------------------- */

static void judge_event(struct judging *j, const struct tcg_event *event, bool *seen)
{
	const struct log_expected *expected;
	struct span digest = SPAN_EMPTY;

	if (!is_in(j->policy->event_registers, event))
		return;
	(void)tcg_event_digest(event, &j->log->header, j->alg, &digest);
	expected = log_policy_event(j->policy, event->reg, event->type, digest);
	if (expected)
		seen[expected - j->policy->events] = true;
	else
		say_event(j, LOG_EVENT_OTHER, event, "is not on the policy's list");
}

static int judge_events(struct judging *j)
{
	const struct log_policy *policy = j->policy;
	AUTO_FREE bool *seen = NULL;

	if (!policy->event_count)
		return 0;
	for (uint32_t reg = 0; reg < TCG_REGISTERS; reg++)
		if (policy->event_registers & 1u << reg)
			(void)is_judged(j, reg, "log.events");
	seen = calloc(policy->event_count, sizeof(*seen));
	if (!seen)
		return FAIL_ERRNO(j->e, "log.events");
	for (size_t i = 0; i < j->log->count; i++)
		judge_event(j, &j->log->events[i], seen);
	for (size_t i = 0; i < policy->event_count; i++)
		if (policy->events[i].required && !seen[i])
			verdict_say(j->c->verdict, j->p->index, LOG_EVENT_ABSENT,
				    "register %" PRIu32 ", %s, digest %02x%02x%02x%02x...",
				    policy->events[i].reg, tcg_type_name(policy->events[i].type),
				    policy->events[i].digest.at[0], policy->events[i].digest.at[1],
				    policy->events[i].digest.at[2], policy->events[i].digest.at[3]);
	return 0;
}

/* --- "secure_boot" ---------------------------------------------------------------------------- */

/* A separator is known by its digest too: with another label on it, what the guest appended would
 * pass for the firmware's. */
static int is_separator(const struct judging *j, const struct tcg_event *event, bool *ret)
{
	static const uint8_t values[][4] = { { 0, 0, 0, 0 }, { 0xff, 0xff, 0xff, 0xff } };
	struct span digest = SPAN_EMPTY;
	enum digest_alg alg;
	struct digest d;

	*ret = event->type == EV_SEPARATOR;
	if (!tcg_alg_digest(j->alg, &alg) ||
	    !tcg_event_digest(event, &j->log->header, j->alg, &digest))
		return 0;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		int failed = digest_of(alg, span(values[i], sizeof(values[i])), &d, j->e);

		if (failed)
			return failed;
		*ret = *ret || span_is_equal(digest, span(d.at, d.len));
	}
	return 0;
}

/* The first SecureBoot before the separator; NULL if there is none. What follows was not written by
 * the firmware before it started something. */
static int find_secure_boot(const struct judging *j, uint32_t reg, struct tcg_variable *ret,
			    const struct tcg_event **ret_event)
{
	*ret_event = NULL;
	for (size_t i = 0; i < j->log->count; i++) {
		const struct tcg_event *event = &j->log->events[i];
		bool is_end = false;
		int failed;

		if (!is_in(1u << reg, event))
			continue;
		failed = is_separator(j, event, &is_end);
		if (failed || is_end)
			return failed;
		if (event->type == EV_EFI_VARIABLE_DRIVER_CONFIG &&
		    tcg_variable_parse(event->data, ret, NULL) == 0 &&
		    tcg_variable_is_global(ret, "SecureBoot")) {
			*ret_event = event;
			return 0;
		}
	}
	return 0;
}

static int judge_secure_boot(struct judging *j)
{
	uint32_t reg = j->log->form == TCG_FORM_CC ? SECURE_BOOT_RTMR0 : SECURE_BOOT_PCR;
	struct tcg_checked checked;
	const struct tcg_event *event;
	struct tcg_variable v;
	int failed;

	if (!j->policy->secure_boot || !is_judged(j, reg, "log.secure_boot"))
		return 0;
	failed = find_secure_boot(j, reg, &v, &event);
	if (failed)
		return failed;
	if (!event) {
		verdict_say(j->c->verdict, j->p->index, LOG_SECURE_BOOT,
			    "no SecureBoot variable before the separator");
		return 0;
	}
	failed = tcg_check(event, &j->log->header, j->alg, &checked, j->e);
	if (failed)
		return failed;
	if (checked.check != TCG_CHECK_MATCHES || checked.covers != TCG_COVERS_ALL)
		say_event(j, LOG_SECURE_BOOT, event, "its digest does not cover its data");
	else if (v.data.len != 1 || v.data.at[0] != 1)
		say_event(j, LOG_SECURE_BOOT, event, "the first SecureBoot is not 1");
	return 0;
}

/* --- "aael" ----------------------------------------------------------------------------------- */

static int judge_agent_event(struct judging *j, const struct tcg_event *event)
{
	struct tcg_checked checked;
	struct tcg_tag tag;
	int failed = tcg_check(event, &j->log->header, j->alg, &checked, j->e);

	if (failed)
		return failed;
	if (event->type != EV_EVENT_TAG || !tcg_tag_parse(event->data, &tag) ||
	    tag.tag != TCG_TAG_AAEL)
		say_event(j, LOG_AAEL, event, "is not the agent's");
	else if (checked.check != TCG_CHECK_MATCHES)
		say_event(j, LOG_AAEL, event, "its digest does not cover its text");
	else if (!log_policy_has_aael(j->policy, tag.data))
		say_event(j, LOG_AAEL, event, "its text is not on the policy's list");
	return 0;
}

static int judge_aael(struct judging *j)
{
	uint32_t reg = j->log->form == TCG_FORM_CC ? AAEL_RTMR3 : AAEL_PCR;
	int failed = 0;

	if (!j->policy->has_aael || !is_judged(j, reg, "log.aael"))
		return 0;
	for (size_t i = 0; i < j->log->count && !failed; i++)
		if (is_in(1u << reg, &j->log->events[i]))
			failed = judge_agent_event(j, &j->log->events[i]);
	return failed;
}

/* --- After the firmware ----------------------------------------------------------------------- */

static bool begins_with(struct span data, const char *text)
{
	size_t len = strlen(text);

	return data.len >= len && !memcmp(data.at, text, len);
}

static void judge_after_exit(struct judging *j)
{
	uint32_t firmware = j->log->form == TCG_FORM_CC ? FIRMWARE_CC : FIRMWARE_TPM;
	bool has_exited = false;

	for (size_t i = 0; i < j->log->count; i++) {
		const struct tcg_event *event = &j->log->events[i];
		bool is_action = event->type == EV_EFI_ACTION;

		if (!is_in(firmware & j->judged, event))
			continue;
		if (is_action && begins_with(event->data, EXIT_INVOCATION))
			has_exited = true;
		else if (has_exited && !(is_action && begins_with(event->data, EXIT_RETURNED)))
			say_event(j, LOG_AFTER_EXIT, event, "after the firmware had handed over");
	}
}

int log_judge_workload(const struct context *c, const struct part *p, const struct tcg_log *log,
		       uint16_t alg, uint32_t judged, struct err *e)
{
	const struct log_policy *policy = &c->policy->log;
	struct judging j = { c, p, policy, log, alg, judged, 0, e };
	int failed;

	judge_after_exit(&j);
	if (!policy->event_count && !policy->secure_boot && !policy->has_aael) {
		verdict_say(c->verdict, p->index, LOG_NO_POLICY,
			    "%zu events: listed, and none was expected", log->count);
		return 0;
	}
	j.said = 0;
	failed = judge_events(&j);
	j.said = 0;
	if (!failed)
		failed = judge_secure_boot(&j);
	j.said = 0;
	if (!failed)
		failed = judge_aael(&j);
	if (!failed &&
	    verdict_word(c->verdict, p->index, VERIFY_WORKLOAD) != VERIFY_WORKLOAD_MISMATCH)
		verdict_say(c->verdict, p->index, LOG_EXPECTED,
			    "all events that the policy judges");
	return failed;
}
