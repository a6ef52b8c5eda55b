#include "attest/verify/gpu/revocation.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/x509/crl.h"
#include "base/digest.h"
#include "base/limits.h"

#define OCSP_URL   "http://ocsp.ndis.nvidia.com"
#define NAME_BYTES 96
#define URL_BYTES  200
#define CN_BYTES   65

/* What is known of one certificate; a later one outranks an earlier one. */
enum known { KNOWN_NOTHING, KNOWN_STALE, KNOWN_BAD, KNOWN_GOOD, KNOWN_UNKNOWN, KNOWN_REVOKED };

/* One certificate, and where there may be word of it. */
struct question {
	X509 *cert, *issuer;
	char cn[CN_BYTES];
	char ocsp[NAME_BYTES];
	char crl[NAME_BYTES]; /* "": it names none */
	char url[URL_BYTES];  /* of the CRL */
	enum known known;
	char text[180]; /* what the file that decided said */
};

/* --- Where ------------------------------------------------------------------------------------ */

static void points_done(CRL_DIST_POINTS **points)
{
	CRL_DIST_POINTS_free(*points);
}

/* The first URL of the first distribution point; NULL if there is none. */
static const ASN1_STRING *first_url(const CRL_DIST_POINTS *points)
{
	const DIST_POINT *p = sk_DIST_POINT_num(points) > 0 ? sk_DIST_POINT_value(points, 0) : NULL;
	const GENERAL_NAMES *names;

	if (!p || !p->distpoint || p->distpoint->type != 0)
		return NULL;
	names = p->distpoint->name.fullname;
	if (sk_GENERAL_NAME_num(names) < 1 || sk_GENERAL_NAME_value(names, 0)->type != GEN_URI)
		return NULL;
	return sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
}

/* The last part of a URL as a file name: letters, digits, '-', and ".crl" at its end or not. */
static bool read_basename(const char *url, char ret[static NAME_BYTES])
{
	const char *base = strrchr(url, '/');
	size_t len;

	if (!base)
		return false;
	base++;
	len = strlen(base);
	if (len > 4 && !strcmp(base + len - 4, ".crl"))
		len -= 4;
	if (!len || len > 40 ||
	    strspn(base, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") < len)
		return false;
	(void)snprintf(ret, NAME_BYTES, "nvidia-%.*s.crl", (int)len, base);
	return true;
}

static void find_crl(struct question *q)
{
	__attribute__((cleanup(points_done))) CRL_DIST_POINTS *points =
		X509_get_ext_d2i(q->cert, NID_crl_distribution_points, NULL, NULL);
	const ASN1_STRING *url = points ? first_url(points) : NULL;
	char text[URL_BYTES] = "";

	if (!url || ASN1_STRING_length(url) >= (int)sizeof(text))
		return;
	memcpy(text, ASN1_STRING_get0_data(url), (size_t)ASN1_STRING_length(url));
	if (strlen(text) != (size_t)ASN1_STRING_length(url) || !read_basename(text, q->crl))
		return;
	(void)snprintf(q->url, sizeof(q->url), "%s", text);
}

static int ask_about(X509 *cert, X509 *issuer, struct question *ret, struct err *e)
{
	struct question q = { .cert = cert, .issuer = issuer };
	uint8_t digest[32];
	char hex[2 * sizeof(digest) + 1];

	if (cert_sha256(cert, digest, e))
		return -FAIL_SYS;
	digest_hex(span(digest, sizeof(digest)), hex);
	(void)snprintf(q.ocsp, sizeof(q.ocsp), "nvidia-ocsp-%s.der", hex);
	if (cert_subject_cn(cert, q.cn, sizeof(q.cn), NULL))
		(void)snprintf(q.cn, sizeof(q.cn), "(unnamed)");
	find_crl(&q);
	*ret = q;
	return 0;
}

/* --- What the files say ----------------------------------------------------------------------- */

static void learn(struct question *q, enum known known, const char *file)
{
	if (known <= q->known)
		return;
	q->known = known;
	(void)snprintf(q->text, sizeof(q->text), "%.64s: %s", q->cn, file);
}

static enum known known_of(enum crl_answer answer)
{
	static const enum known of[] = {
		[CRL_GOOD] = KNOWN_GOOD,
		[CRL_REVOKED] = KNOWN_REVOKED,
		[CRL_STALE] = KNOWN_STALE,
		[CRL_UNKNOWN] = KNOWN_UNKNOWN,
	};

	return of[answer];
}

/* Files that can't be read are as bad as forged ones: the user put them there to be used. */
static int read_file(const struct context *c, struct question *q, const char *name, bool is_crl,
		     struct err *e)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	enum crl_answer answer;
	struct err why = { 0 };
	int failed = store_find(c->store, name, is_crl ? LIMIT_VERIFY_CRL_BYTES : LIMIT_OCSP_BYTES,
				&bytes, &why);

	if (failed == -FAIL_AGAIN)
		return 0;
	if (!failed)
		failed = is_crl ? crl_check(buf_view(&bytes), q->issuer, q->cert, c->at, &answer,
					    NULL, &why)
				: ocsp_check(buf_view(&bytes), q->issuer, q->cert, c->at, &answer,
					     &why);
	if (failed == -FAIL_SYS) {
		*e = why;
		return failed;
	}
	learn(q, failed ? KNOWN_BAD : known_of(answer), name);
	return 0;
}

/* --- The verdict ------------------------------------------------------------------------------ */

static void say_missing(const struct context *c, size_t part, const struct question *q)
{
	bool has_crl = *q->crl;

	if (c->policy->gpu.revocation_if_present)
		return;
	verdict_say(c->verdict, part,
		    has_crl ? GPU_REVOCATION_MISSING : GPU_REVOCATION_OCSP_MISSING,
		    "%.64s: no %.96s", q->cn, has_crl ? q->crl : q->ocsp);
	verdict_miss(c->verdict, part, has_crl ? q->crl : q->ocsp, has_crl ? q->url : OCSP_URL,
		     has_crl ? "revocation list" : "OCSP answer (ask by POST)");
}

static void say(const struct context *c, size_t part, const struct question *q)
{
	static const enum reason reasons[] = {
		[KNOWN_STALE] = GPU_REVOCATION_STALE,
		[KNOWN_BAD] = GPU_REVOCATION_BAD,
		[KNOWN_UNKNOWN] = GPU_REVOCATION_UNKNOWN,
		[KNOWN_REVOKED] = GPU_REVOKED,
	};

	if (q->known == KNOWN_NOTHING)
		say_missing(c, part, q);
	else if (q->known != KNOWN_GOOD)
		verdict_say(c->verdict, part, reasons[q->known], "%s", q->text);
	if (q->known == KNOWN_STALE)
		verdict_miss(c->verdict, part, *q->crl ? q->crl : q->ocsp,
			     *q->crl ? q->url : OCSP_URL, "one that is valid now");
}

static void claim(const struct context *c, size_t part, const struct question *q)
{
	static const char *const names[] = { "not asked", "stale",   "unusable",
					     "good",	  "unknown", "revoked" };
	cJSON *claims = verdict_claims(c->verdict, part);
	cJSON *list = cJSON_GetObjectItemCaseSensitive(claims, "revocation");
	cJSON *o;

	if (!list)
		list = verdict_array(c->verdict, claims, "revocation");
	o = cJSON_CreateObject();
	if (!list || !o || !cJSON_AddItemToArray(list, o)) {
		cJSON_Delete(o);
		return;
	}
	verdict_text(c->verdict, o, "certificate", q->cn);
	verdict_text(c->verdict, o, "answer", names[q->known]);
}

int nvidia_revocation(const struct context *c, size_t part, const struct chain_result *chain,
		      size_t first, struct err *e)
{
	size_t good = 0, count = 0;

	for (size_t i = first; i + 1 < chain->depth; i++) {
		struct question q;
		int failed = ask_about(chain->at[i], chain->at[i + 1], &q, e);

		if (!failed)
			failed = read_file(c, &q, q.ocsp, false, e);
		if (!failed && *q.crl)
			failed = read_file(c, &q, q.crl, true, e);
		if (failed)
			return failed;
		claim(c, part, &q);
		say(c, part, &q);
		good += q.known == KNOWN_GOOD;
		count++;
	}
	if (count && good == count)
		verdict_say(c->verdict, part, GPU_REVOCATION_GOOD,
			    "%zu certificates asked about, none is revoked", count);
	return 0;
}
