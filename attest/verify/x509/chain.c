#include "attest/verify/x509/chain.h"

#include <string.h>

#include "attest/verify/verify.h"
#include "attest/verify/x509/link.h"

#define SIGNATURES_MAX 32 /* tried for one chain: a pool of look-alikes costs no more */

/*
 * A search from the leaf upwards. `path` is the chain so far; `tried` marks what of the pool was
 * once in it, so that no certificate is followed twice and loops end.
 */
struct search {
	const struct chain_rules *rules;
	const struct certs *pool;
	X509 *path[CERTS_MAX];
	size_t depth;
	bool tried[CERTS_MAX];
	unsigned signatures;
	enum chain_root root; /* once the path has its root                          */
	struct err why;	      /* what stood in the way; its kind is 0 at first       */
};

static X509 *search_end(const struct search *s)
{
	return s->path[s->depth - 1];
}

static bool is_issuer_by_name(const X509 *issuer, const X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(cert)) == 0;
}

/* The first forgery seen is the reason of the whole; what is merely missing gives way to it. */
static void search_note(struct search *s, const struct err *why)
{
	if (!s->why.kind || (s->why.kind == FAIL_AGAIN && why->kind != FAIL_AGAIN))
		s->why = *why;
}

/* Whether `issuer`, which has the right name, did issue the end of the path: 1, 0 (and noted why
 * not), or -FAIL_SYS. */
static int search_try(struct search *s, X509 *issuer, struct err *e)
{
	struct err why = { 0 };
	int failed;

	if (s->signatures++ >= SIGNATURES_MAX)
		failed = FAIL(&why, FAIL_FORGED, "%s: too many issuers of that name",
			      link_issuer(search_end(s)).text);
	else
		failed = link_check_issuer(s->rules, issuer, s->depth - 1, &why);
	if (!failed)
		failed = link_check_signature(search_end(s), issuer, s->rules->issuer_key, &why);
	if (!failed)
		return 1;
	if (why.kind == FAIL_SYS)
		return FAIL(e, FAIL_SYS, "%s", why.text);
	search_note(s, &why);
	return 0;
}

/* A test root is one because a file says so: its own signature has yet to agree. */
static int search_test_roots(struct search *s, struct err *e)
{
	const struct certs *roots = s->rules->test_roots;

	for (size_t i = 0; roots && i < roots->count; i++) {
		X509 *root = roots->at[i];
		struct err why = { 0 };
		int found;

		if (!is_issuer_by_name(root, search_end(s)))
			continue;
		found = search_try(s, root, e);
		if (found < 0)
			return found;
		if (!found)
			continue;
		if (!link_check_signature(root, root, s->rules->issuer_key, &why)) {
			s->path[s->depth++] = root;
			s->root = CHAIN_TEST;
			return 1;
		}
		if (why.kind == FAIL_SYS)
			return FAIL(e, FAIL_SYS, "%s", why.text);
		search_note(s, &why);
	}
	return 0;
}

/* 1 if the certificate is pinned, byte for byte; 0; -FAIL_SYS. */
static int is_pinned(const struct chain_rules *rules, const X509 *cert, struct err *e)
{
	uint8_t sum[32];
	int failed = cert_sha256(cert, sum, e);

	for (size_t i = 0; !failed && i < rules->pin_count; i++)
		if (!memcmp(sum, rules->pins[i].cert, sizeof(sum)))
			return 1;
	return failed;
}

/* The pinned root's own signature is within the fingerprint, as is its every byte: computing it
 * again, at a fifth of the cost of a whole chain on P-384, could not come out otherwise. */
static int search_pins(struct search *s, struct err *e)
{
	for (size_t i = 0; i < s->pool->count; i++) {
		X509 *root = s->pool->at[i];
		int found;

		if (!is_issuer_by_name(root, search_end(s)) || !is_issuer_by_name(root, root))
			continue;
		found = is_pinned(s->rules, root, e);
		if (found == 1)
			found = search_try(s, root, e);
		if (found < 0)
			return found;
		if (found) {
			s->path[s->depth++] = root;
			s->root = CHAIN_BUILTIN;
			return 1;
		}
	}
	return 0;
}

/* Says what a root that nobody pinned pretends to be. */
static void note_stranger(struct search *s, const X509 *root)
{
	struct err why = { 0 };
	uint8_t key[32];

	(void)FAIL(&why, FAIL_FORGED, "%s: signed by itself, and no pinned root",
		   link_subject(root).text);
	if (!cert_spki_sha256(root, key, NULL))
		for (size_t i = 0; i < s->rules->pin_count; i++)
			if (!memcmp(key, s->rules->pins[i].spki, sizeof(key)))
				(void)FAIL(&why, FAIL_FORGED,
					   "%s: has the key of the pinned root \"%s\", but is "
					   "another certificate",
					   link_subject(root).text, s->rules->pins[i].name);
	search_note(s, &why);
}

/* One more certificate of the pool onto the path. */
static int search_pool(struct search *s, struct err *e)
{
	bool named = false;

	/* One place is the root's. */
	if (s->depth == CERTS_MAX - 1) {
		struct err why = { 0 };

		(void)FAIL(&why, FAIL_FORGED, "%s: its chain is longer than %d certificates",
			   link_subject(s->path[0]).text, CERTS_MAX);
		search_note(s, &why);
		return 0;
	}
	for (size_t i = 0; i < s->pool->count; i++) {
		X509 *issuer = s->pool->at[i];
		int found;

		if (!is_issuer_by_name(issuer, search_end(s)))
			continue;
		named = true;
		if (s->tried[i])
			continue;
		/* Were it a root of ours, it would have been taken as one. */
		if (is_issuer_by_name(issuer, issuer)) {
			note_stranger(s, issuer);
			continue;
		}
		found = search_try(s, issuer, e);
		if (found < 0)
			return found;
		if (found) {
			s->tried[i] = true;
			s->path[s->depth++] = issuer;
			return 1;
		}
	}
	if (!named) {
		struct err why = { 0 };

		(void)FAIL(&why, FAIL_AGAIN, "%s: its issuer \"%s\" is missing",
			   link_subject(search_end(s)).text, link_issuer(search_end(s)).text);
		search_note(s, &why);
	}
	return 0;
}

/* Completes the path. A dead end is left one step back, where another issuer may lead on. */
static int search_run(struct search *s, struct err *e)
{
	for (;;) {
		int found = search_test_roots(s, e);

		if (!found)
			found = search_pins(s, e);
		if (found)
			return found < 0 ? found : 0;
		found = search_pool(s, e);
		if (found < 0)
			return found;
		if (found)
			continue;
		if (s->depth == 1)
			break;
		s->depth--;
	}
	if (!s->why.kind)
		return FAIL(e, FAIL_FORGED, "%s: its issuers go round in circles",
			    link_subject(s->path[0]).text);
	return FAIL(e, s->why.kind, "%s", s->why.text);
}

static int result_of(const struct search *s, struct chain_result *ret, struct err *e)
{
	struct chain_result r = { .root = s->root, .depth = s->depth };
	int64_t from, to;

	for (size_t i = 0; i < s->depth; i++) {
		struct err why = { 0 };

		r.at[i] = s->path[i];
		if (cert_not_before(r.at[i], &from, &why) || cert_not_after(r.at[i], &to, &why))
			return FAIL(e, FAIL_FORGED, "%s: %s", link_subject(r.at[i]).text, why.text);
		r.not_before = !i || from > r.not_before ? from : r.not_before;
		r.not_after = !i || to < r.not_after ? to : r.not_after;
	}
	*ret = r;
	return 0;
}

int chain_verify(const struct chain_rules *rules, X509 *leaf, const struct certs *pool,
		 struct chain_result *ret, struct err *e)
{
	struct search s = { .rules = rules, .pool = pool, .path = { leaf }, .depth = 1 };
	int failed = link_check_leaf(rules, leaf, e);

	if (!failed)
		failed = search_run(&s, e);
	if (!failed)
		failed = result_of(&s, ret, e);
	return failed;
}

int chain_time(const struct chain_result *r, int64_t at)
{
	if (at == VERIFY_NO_CLOCK)
		return 0;
	return at < r->not_before ? -1 : at > r->not_after;
}

EVP_PKEY *chain_key_of(const struct chain_result *r)
{
	return X509_get0_pubkey(r->at[0]);
}
