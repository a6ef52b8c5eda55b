#include "attest/verify/snp/tcb.h"

#include <stdio.h>
#include <string.h>

#define NONE 0xff

/* Where each component stands. */
static const uint8_t until_genoa[SPLS] = { NONE, 0, 1, 6, 7 };
static const uint8_t since_turin[SPLS] = { 0, 1, 2, 3, 7 };

static const uint8_t *layout(enum snp_product p)
{
	switch (p) {
	case SNP_TURIN:
		return since_turin;
	case SNP_MILAN:
	case SNP_GENOA:
	case SNP_PRODUCTS:
		break;
	}
	return until_genoa;
}

const char *snp_spl_name(enum snp_spl s)
{
	static const char *const names[SPLS] = { "fmc", "bootloader", "tee", "snp", "microcode" };

	return names[s];
}

bool snp_has_spl(enum snp_product p, enum snp_spl s)
{
	return layout(p)[s] != NONE;
}

void snp_tcb_write(enum snp_product p, const struct snp_tcb *t, uint8_t ret[static SNP_TCB_BYTES])
{
	memset(ret, 0, SNP_TCB_BYTES);
	for (int s = 0; s < SPLS; s++)
		if (layout(p)[s] != NONE)
			ret[layout(p)[s]] = t->at[s];
}

int snp_tcb_parse(enum snp_product p, struct span raw, const char *where, struct snp_tcb *ret,
		  struct err *e)
{
	struct snp_tcb t = { 0 };
	uint8_t again[SNP_TCB_BYTES];

	if (raw.len != SNP_TCB_BYTES)
		return FAIL(e, FAIL_BUG, "%s: %zu bytes", where, raw.len);
	for (int s = 0; s < SPLS; s++)
		if (layout(p)[s] != NONE)
			t.at[s] = raw.at[layout(p)[s]];
	snp_tcb_write(p, &t, again);
	if (memcmp(again, raw.at, sizeof(again)) != 0)
		return FAIL(e, FAIL_INPUT, "%s: a byte that %s reserves is not zero", where,
			    snp_product_name(p));
	*ret = t;
	return 0;
}

bool snp_tcb_is_equal(const struct snp_tcb *a, const struct snp_tcb *b)
{
	return !memcmp(a->at, b->at, sizeof(a->at));
}

bool snp_tcb_is_at_least(const struct snp_tcb *t, const struct snp_tcb *floor)
{
	for (int s = 0; s < SPLS; s++)
		if (t->at[s] < floor->at[s])
			return false;
	return true;
}

void snp_tcb_text(enum snp_product p, const struct snp_tcb *t, char ret[static SNP_TCB_TEXT_BYTES])
{
	size_t len = 0;

	ret[0] = 0;
	for (int s = 0; s < SPLS && len < SNP_TCB_TEXT_BYTES; s++)
		if (snp_has_spl(p, (enum snp_spl)s))
			len += (size_t)snprintf(ret + len, SNP_TCB_TEXT_BYTES - len, "%s%s %u",
						len ? ", " : "", snp_spl_name((enum snp_spl)s),
						t->at[s]);
}

int snp_tcbs_parse(enum snp_product p, const struct snp_report *r, struct snp_tcbs *ret,
		   struct err *e)
{
	struct snp_tcbs t;

	if (snp_tcb_parse(p, r->current_tcb, "CURRENT_TCB", &t.current, e) < 0 ||
	    snp_tcb_parse(p, r->reported_tcb, "REPORTED_TCB", &t.reported, e) < 0 ||
	    snp_tcb_parse(p, r->committed_tcb, "COMMITTED_TCB", &t.committed, e) < 0 ||
	    snp_tcb_parse(p, r->launch_tcb, "LAUNCH_TCB", &t.launch, e) < 0)
		return -(int)FAIL_INPUT;
	*ret = t;
	return 0;
}
