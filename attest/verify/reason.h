/*
 * Every reason that a verdict can give: one table a folder (its reasons.h), one enum for all.
 *
 *   X(ID, "folder.code", WORD, ALLOW, "explanation")
 *     WORD         what it means for its dimension (enum verify_word, without VERIFY_)
 *     ALLOW        1 when a policy's "allow" may let it pass, 0 when nobody may
 *     explanation  for --explain: what was seen, why it matters, what to do
 */
#pragma once

#include "attest/verify/gpu/reasons.h"
#include "attest/verify/log/reasons.h"
#include "attest/verify/pcs/reasons.h"
#include "attest/verify/reasons.h"
#include "attest/verify/rim/reasons.h"
#include "attest/verify/snp/reasons.h"
#include "attest/verify/tdx/reasons.h"
#include "attest/verify/tpm/reasons.h"
#include "attest/verify/verify.h"

#define VERIFY_REASONS(X) \
	WHOLE_REASONS(X)  \
	SNP_REASONS(X)    \
	TDX_REASONS(X)    \
	PCS_REASONS(X)    \
	GPU_REASONS(X)    \
	RIM_REASONS(X)    \
	TPM_REASONS(X)    \
	LOG_REASONS(X)

enum reason {
#define REASON_ID(id, code, word, allow, text) id,
	VERIFY_REASONS(REASON_ID)
#undef REASON_ID
		REASONS
};

struct reason_row {
	const char *code;
	enum verify_word word;
	bool may_allow;
	const char *text;
};

const struct reason_row *reason_row(enum reason r);

/* The reason of that code; REASONS if there is none. */
enum reason reason_find(const char *code);
