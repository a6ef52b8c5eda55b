#include "attest/verify/pcs/revocation.h"

#include "attest/verify/x509/crl.h"

/* What is asked of a CRL. */
struct question {
	X509 *issuer;
	X509 *cert;
	const char *who;
	enum reason revoked;
};

static int ask(struct judge *j, const struct source *s, struct span crl, const struct question *q,
	       bool *ret_good, struct err *e)
{
	enum crl_answer answer = CRL_UNKNOWN;
	int64_t at = 0;
	char since[TIME_TEXT_BYTES] = "";
	int failed = crl_check(crl, q->issuer, q->cert, j->c->at, &answer, &at, e);

	*ret_good = false;
	if (failed)
		return judge_error(j, s->file, e);
	time_text(at, since);
	switch (answer) {
	case CRL_GOOD:
		*ret_good = true;
		break;
	case CRL_REVOKED:
		judge_object(j, q->revoked, "%s is revoked by %s of %s", q->who, s->file, since);
		break;
	case CRL_STALE:
	case CRL_UNKNOWN:
		judge_object(j, PCS_CRL_STALE, "%s of %s says nothing about now", s->file, since);
		judge_renew(j, s);
		break;
	}
	return 0;
}

/* The questions of one CRL. */
static int ask_all(struct judge *j, struct source *s, const struct question *q, size_t count,
		   bool *ret_good, struct err *e)
{
	AUTO_BUF struct buf crl = BUF_EMPTY;
	bool found = false, good = true;
	int failed;

	s->is_optional = j->policy->revocation_if_present;
	failed = judge_take(j, s, &crl, &found, e);
	*ret_good = false;
	for (size_t i = 0; i < count && !failed && found && good; i++)
		failed = ask(j, s, buf_view(&crl), &q[i], &good, e);
	*ret_good = found && good;
	return failed;
}

int revocation_judge(struct judge *j, X509 *signer, bool *ret_checked, struct err *e)
{
	X509 *root = j->chain->at[j->chain->depth - 1];
	X509 *ca = j->chain->at[1];
	const struct question of_root[] = {
		{ root, ca, "the PCK's CA", PCS_CA_REVOKED },
		{ root, signer, "the TCB signer", PCS_SIGNER_REVOKED },
	};
	const struct question of_ca = { ca, j->chain->at[0], "the PCK", PCS_PCK_REVOKED };
	struct source root_crl, pck_crl;
	bool good_root = false, good_ca = false;
	int failed;

	source_root_crl(&root_crl);
	source_pck_crl(&pck_crl, j->platform);
	failed = ask_all(j, &root_crl, of_root, signer ? 2 : 1, &good_root, e);
	if (!failed)
		failed = ask_all(j, &pck_crl, &of_ca, 1, &good_ca, e);
	*ret_checked = signer && good_root && good_ca;
	return failed;
}
