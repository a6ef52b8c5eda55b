#include "attest/verify/log/replay.h"

#include <string.h>

#include "attest/verify/log/types.h"

#define DRTM_FIRST	17 /* start as FF until a dynamic launch resets them */
#define DRTM_LAST	22
#define LOCALITY_TEXT	"StartupLocality"
#define LOCALITY_BYTES	(sizeof(LOCALITY_TEXT) + 1)
#define SEPARATOR_ERROR "\x01\x00\x00\x00"
#define SEPARATOR_BYTES 4

uint32_t tcg_registers(enum tcg_form form)
{
	return form == TCG_FORM_CC ? TCG_CC_REGISTERS : TCG_REGISTERS;
}

static bool is_locality(const struct tcg_event *event)
{
	return event->type == EV_NO_ACTION && event->reg == 0 &&
	       event->data.len >= sizeof(LOCALITY_TEXT) &&
	       !memcmp(event->data.at, LOCALITY_TEXT, sizeof(LOCALITY_TEXT));
}

/* A TPM that was started from another locality than 0 has its PCR 0 begin with that number. */
static int start_pcr0(const struct tcg_log *log, struct tcg_replay *r, struct err *e)
{
	bool is_set = false;

	for (size_t i = 0; i < log->count; i++) {
		const struct tcg_event *event = &log->events[i];
		uint8_t locality;

		if (!is_locality(event))
			continue;
		if (is_set || event->data.len != LOCALITY_BYTES)
			return FAIL(e, FAIL_INPUT, "startup locality: twice, or of %zu bytes",
				    event->data.len);
		locality = event->data.at[LOCALITY_BYTES - 1];
		if (locality != 0 && locality != 3 && locality != 4)
			return FAIL(e, FAIL_INPUT, "startup locality: %u", locality);
		r->at[0][r->len - 1] = locality;
		is_set = true;
	}
	return 0;
}

static int start(const struct tcg_log *log, struct tcg_replay *r, struct err *e)
{
	if (log->form == TCG_FORM_CC)
		return 0;
	for (size_t i = DRTM_FIRST; i <= DRTM_LAST; i++)
		memset(r->at[i], 0xff, r->len);
	return start_pcr0(log, r, e);
}

static int extend(struct tcg_replay *r, enum digest_alg alg, uint32_t reg, struct span digest,
		  struct err *e)
{
	uint8_t both[2 * 64];
	struct digest d;
	int failed;

	memcpy(both, r->at[reg], r->len);
	memcpy(both + r->len, digest.at, r->len);
	failed = digest_of(alg, span(both, 2 * r->len), &d, e);
	if (failed)
		return failed;
	memcpy(r->at[reg], d.at, r->len);
	r->extended[reg]++;
	return 0;
}

/* The digest tells, whatever the type and the data say: neither is authenticated. */
static bool is_error(const struct tcg_event *event, struct span digest,
		     const struct digest *of_error)
{
	return span_is_equal(digest, span(of_error->at, of_error->len)) ||
	       (event->type == EV_SEPARATOR &&
		span_is_equal(event->data, span(SEPARATOR_ERROR, SEPARATOR_BYTES)));
}

static int apply(const struct tcg_log *log, const struct tcg_event *event, enum digest_alg alg,
		 const struct digest *of_error, struct tcg_replay *r, struct err *e)
{
	struct span digest;

	if (event->type == EV_NO_ACTION)
		return 0;
	if (event->reg >= tcg_registers(log->form)) {
		if (!r->has_stray)
			r->stray = event->reg;
		r->has_stray = true;
		return 0;
	}
	r->seen |= 1u << event->reg;
	if (!tcg_event_digest(event, &log->header, r->alg, &digest)) {
		r->lacking |= 1u << event->reg;
		return 0;
	}
	if (is_error(event, digest, of_error))
		r->broken |= 1u << event->reg;
	return extend(r, alg, event->reg, digest, e);
}

int tcg_replay(const struct tcg_log *log, uint16_t alg, struct tcg_replay *ret, struct err *e)
{
	struct tcg_replay r = { .alg = alg };
	struct digest of_error;
	enum digest_alg hash;
	int failed;

	if (!tcg_alg_digest(alg, &hash))
		return FAIL(e, FAIL_INPUT, "registers of algorithm %04x (%s) are not replayed", alg,
			    tcg_alg_name(alg));
	r.len = digest_alg_len(hash);
	failed = digest_of(hash, span(SEPARATOR_ERROR, SEPARATOR_BYTES), &of_error, e);
	if (!failed)
		failed = start(log, &r, e);
	for (size_t i = 0; i < log->count && !failed; i++)
		failed = apply(log, &log->events[i], hash, &of_error, &r, e);
	if (failed)
		return failed;
	*ret = r;
	return 0;
}
