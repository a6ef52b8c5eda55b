#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/forge/quote.h"
#include "tests/support/evidence/log.h"
#include "tests/support/evidence/pcs.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/tdx.h"

#define KEY_TCB_SIGNER 5 /* of pki_p256(): none of the quote's own */

static const char *const breaks[] = { "signature", "qe",	"key",	       "root",
				      "debug",	   "truncated", "nonce",       "measurement",
				      "log",	   "tcb-old",	"tcb-missing", "tcb-forged",
				      "expired",   "revoked",	"crl-missing", NULL };

static void write_cache(const struct forge *f, const char *name, struct buf *bytes)
{
	forge_cache(f, name, buf_view(bytes));
	buf_done(bytes);
}

/* --- Collateral ------------------------------------------------------------------------------- */

static void make_tcb(const struct forge *f, EVP_PKEY *key)
{
	struct pcs_tcb_spec tcb = pcs_tcb_spec_tdx();
	struct pcs_qe_spec qe = pcs_qe_spec_tdx();
	struct buf body;

	if (forge_breaks(f, "tcb-old"))
		for (size_t i = 0; i < tcb.level_count; i++)
			tcb.levels[i].status = "OutOfDate";
	if (forge_breaks(f, "tcb-forged"))
		tcb.layout = PCS_REORDERED_INSIDE;
	tcb.next_update = forge_breaks(f, "expired") ? FORGE_AT - FORGE_DAY : FORGE_UNTIL;
	qe.next_update = FORGE_UNTIL;
	if (!forge_breaks(f, "tcb-missing")) {
		body = pcs_tcb_info(&tcb, key);
		write_cache(f, "intel-tdx-tcb-90c06f000000.json", &body);
	}
	body = pcs_qe_identity(&qe, key);
	write_cache(f, "intel-tdx-qe.json", &body);
}

static void make_signer(const struct forge *f, X509 *root, EVP_PKEY *root_key, EVP_PKEY *key)
{
	X509 *chain[] = {
		pcs_signer(&(struct pcs_signer_spec){
			.root = root, .root_key = root_key, .key = key }),
		root,
	};
	struct buf pem = pki_pem(chain, COUNT_OF(chain));

	write_cache(f, "intel-tcb-signing.pem", &pem);
	X509_free(chain[0]);
}

static void make_crls(const struct forge *f, const struct quote_made *m, EVP_PKEY *root_key,
		      EVP_PKEY *ca_key)
{
	static const uint8_t one = 1; /* the PCK's serial */
	const struct pki_serial pck = { &one, 1 };
	int64_t from = FORGE_AT - FORGE_DAY, to = FORGE_UNTIL;
	struct buf crl;

	if (forge_breaks(f, "crl-missing"))
		return;
	crl = pki_crl(m->root, root_key, PKI_ECDSA_SHA256, from, to, NULL, 0);
	write_cache(f, "intel-root.crl", &crl);
	crl = pki_crl(m->ca, ca_key, PKI_ECDSA_SHA256, from, to, &pck, forge_breaks(f, "revoked"));
	write_cache(f, "intel-pck-platform.crl", &crl);
}

static void make_collateral(const struct forge *f, const struct quote_made *m)
{
	EVP_PKEY *root_key = pki_p256(QUOTE_KEY_ROOT), *ca_key = pki_p256(QUOTE_KEY_CA);
	EVP_PKEY *key = pki_p256(KEY_TCB_SIGNER);

	make_tcb(f, key);
	make_signer(f, m->root, root_key, key);
	make_crls(f, m, root_key, ca_key);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

/* --- Quote and log ---------------------------------------------------------------------------- */

/* What the guest's boot left, and the registers that it led to. */
static struct buf make_log(const struct forge *f, struct quote_td *td)
{
	struct eventlog l = eventlog_cc();
	struct buf bytes;

	eventlog_boot(&l, true);
	eventlog_aael(&l, 4, "github.com/confidential-containers PullImage forge");
	for (uint32_t i = 0; i < 4; i++)
		memcpy(td->rtmr[i], eventlog_register(&l, EVENTLOG_SHA384, i + 1), 48);
	if (forge_breaks(f, "log"))
		eventlog_text(&l, 2, 0x80000007, "an event that nobody measured");
	eventlog_end(&l, 0xff, 16);
	bytes = buf_take(&l.bytes);
	eventlog_done(&l);
	return bytes;
}

static void break_quote(const struct forge *f, struct quote_spec *s)
{
	s->break_signature = forge_breaks(f, "signature");
	s->break_qe_signature = forge_breaks(f, "qe");
	s->break_key_hash = forge_breaks(f, "key");
	if (forge_breaks(f, "root"))
		s->chain = QUOTE_CHAIN_OTHER_ROOT;
	if (forge_breaks(f, "debug"))
		s->td.attributes[0] |= 1;
}

static void add_policy(const struct forge *f, const struct quote_td *td, struct buf *ret)
{
	uint8_t mrtd[48];
	struct err e = { 0 };

	memcpy(mrtd, td->mrtd, sizeof(mrtd));
	if (forge_breaks(f, "measurement"))
		mrtd[0] ^= 1;
	if (buf_printf(ret, 4096, &e,
		       "\"tdx\":{\"mrtd\":[\"%s\"],\"rtmr1\":[\"%s\"],\"rtmr2\":[\"%s\"]}",
		       forge_hex(mrtd, 48).text, forge_hex(td->rtmr[1], 48).text,
		       forge_hex(td->rtmr[2], 48).text) < 0)
		forge_fail("policy", e.text);
}

/* The root to trust where the quote's own is another. */
static X509 *make_root(const struct quote_spec *spec)
{
	struct quote_spec good = *spec;
	struct quote_made m;
	X509 *root;

	good.chain = QUOTE_CHAIN_GOOD;
	m = quote_make(&good);
	root = m.root;
	(void)X509_up_ref(root);
	quote_made_done(&m);
	return root;
}

struct forge_td forge_td(const struct forge *f, const uint8_t report_data[static 64])
{
	struct quote_spec s = quote_spec_td15();
	struct forge_td t = { .policy = BUF_EMPTY };
	struct quote_made m;

	memcpy(s.td.report_data, report_data, 64);
	t.log = make_log(f, &s.td);
	break_quote(f, &s);
	m = quote_make(&s);
	t.root = forge_breaks(f, "root") ? make_root(&s) : m.root;
	if (t.root == m.root)
		(void)X509_up_ref(t.root);
	make_collateral(f, &m);
	add_policy(f, &s.td, &t.policy);
	t.quote = buf_take(&m.quote);
	quote_made_done(&m);
	return t;
}

void forge_td_done(struct forge_td *t)
{
	buf_done(&t->quote);
	buf_done(&t->log);
	buf_done(&t->policy);
	X509_free(t->root);
}

static void make(const struct forge *f)
{
	uint8_t report_data[64] = { 0 };
	struct forge_td t;

	forge_nonce(f, report_data);
	t = forge_td(f, report_data);
	forge_file(f, "quote.dat", span(t.quote.at, t.quote.len - forge_breaks(f, "truncated")));
	forge_file(f, "ccel.bin", buf_view(&t.log));
	forge_policy(f, "{\"version\":1,%s}", (const char *)t.policy.at);
	forge_roots(f, &t.root, 1);
	forge_td_done(&t);
}

const struct forge_kind forge_tdx = { "tdx", breaks, make };
