#include "attest/verify/pcs/collateral.h"

#include <string.h>

#include "base/json.h"

void collateral_done(struct collateral *k)
{
	tcb_info_done(&k->tcb);
	qe_identity_done(&k->qe);
	json_done(&k->tcb_tree);
	json_done(&k->qe_tree);
	signer_done(&k->signer);
}

static int authenticate(struct span body, const char *member, EVP_PKEY *key, cJSON **ret,
			struct err *e)
{
	struct pcs_document d;
	int failed = pcs_document_find(body, member, &d, e);

	if (!failed)
		failed = pcs_document_check(&d, key, e);
	if (!failed)
		failed = pcs_document_parse(&d, ret, e);
	return failed;
}

static void judge_edition(struct judge *j, const struct source *s, const struct pcs_edition *d)
{
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];
	bool is_early, is_late;

	if (j->c->at == VERIFY_NO_CLOCK)
		return;
	is_early = j->c->at < d->issue_date;
	is_late = j->c->at > d->next_update;
	if (!is_early && !is_late)
		return;
	time_text(d->issue_date, from);
	time_text(d->next_update, to);
	judge_object(j, is_early ? PCS_NOT_YET : PCS_EXPIRED, "%s: good from %s to %s", s->what,
		     from, to);
	judge_renew(j, s);
}

static int read_tcb(struct judge *j, struct span body, const struct source *s, struct collateral *k,
		    struct err *e)
{
	int failed = authenticate(body, "tcbInfo", signer_key(&k->signer), &k->tcb_tree, e);

	if (!failed)
		failed = tcb_info_parse(k->tcb_tree, &k->tcb, e);
	if (failed)
		return judge_error(j, s->what, e);
	k->has_tcb = true;
	judge_edition(j, s, &k->tcb.edition);
	return 0;
}

static int read_qe(struct judge *j, struct span body, const struct source *s, struct collateral *k,
		   struct err *e)
{
	int failed = authenticate(body, "enclaveIdentity", signer_key(&k->signer), &k->qe_tree, e);

	if (!failed)
		failed = qe_identity_parse(k->qe_tree, &k->qe, e);
	if (failed)
		return judge_error(j, s->what, e);
	k->has_qe = true;
	judge_edition(j, s, &k->qe.edition);
	return 0;
}

int collateral_take(struct judge *j, struct collateral *ret, struct err *e)
{
	AUTO_BUF struct buf tcb = BUF_EMPTY, qe = BUF_EMPTY;
	struct source tcb_source, qe_source;
	bool found_tcb = false, found_qe = false;
	int failed;

	source_tcb_info(&tcb_source, j->platform);
	source_qe_identity(&qe_source, j->platform);
	failed = judge_take(j, &tcb_source, &tcb, &found_tcb, e);
	if (!failed)
		failed = judge_take(j, &qe_source, &qe, &found_qe, e);
	if (!failed)
		failed = signer_take(j, &ret->signer, e);
	if (failed || !ret->signer.holds)
		return failed;
	if (found_tcb)
		failed = read_tcb(j, buf_view(&tcb), &tcb_source, ret, e);
	if (!failed && found_qe)
		failed = read_qe(j, buf_view(&qe), &qe_source, ret, e);
	return failed;
}
