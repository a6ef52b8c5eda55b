#include "attest/verify/rim/rim.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "attest/verify/gpu/revocation.h"
#include "attest/verify/rim/dsig.h"
#include "attest/verify/rim/manifest.h"
#include "attest/verify/rim/signer.h"
#include "attest/verify/rim/source.h"
#include "base/digest.h"

/* One manifest on its way: each step of rim_load() fills in what the next ones need. */
struct loading {
	const struct context *c;
	size_t part;
	enum rim_kind kind;
	const char *chip, *version;
	struct buf text;
	struct xml_doc *doc;
	struct dsig dsig;
	struct certs certs;
	struct chain_result chain;
	struct manifest manifest;
	struct digest sha256;
};

#define AUTO_LOADING __attribute__((cleanup(loading_done)))

static void loading_done(struct loading *l)
{
	certs_done(&l->certs);
	xml_done(&l->doc);
	buf_done(&l->text);
}

/* Steps give 0 (go on), REFUSED (said why), or -FAIL_SYS. */
#define REFUSED 1

static int refuse(const struct loading *l, enum reason r, const struct err *why, struct err *e)
{
	if (why->kind == FAIL_SYS)
		return FAIL(e, FAIL_SYS, "%s", why->text);
	verdict_say(l->c->verdict, l->part, r, "%s RIM: %s", source_kind_name(l->kind), why->text);
	return REFUSED;
}

static cJSON *claims_of(const struct loading *l)
{
	return verdict_claims(l->c->verdict, l->part);
}

/* A claim's name: "driver_rim_sha256". */
struct claim {
	char name[48];
};

static struct claim claim(const struct loading *l, const char *what)
{
	struct claim ret;

	(void)snprintf(ret.name, sizeof(ret.name), "%s_rim_%s", source_kind_name(l->kind), what);
	return ret;
}

/* --- Authentic -------------------------------------------------------------------------------- */

static int read_structure(struct loading *l, struct err *e)
{
	struct err why = { 0 };

	if (digest_of(DIGEST_SHA256, buf_view(&l->text), &l->sha256, e) < 0)
		return -(int)FAIL_SYS;
	verdict_hex(l->c->verdict, claims_of(l), claim(l, "sha256").name,
		    span(l->sha256.at, l->sha256.len));
	if (xml_parse(buf_view(&l->text), &l->doc, &why) < 0)
		return refuse(l, RIM_FORMAT, &why, e);
	if (dsig_read(l->doc, &l->dsig, &why) < 0)
		return refuse(l, RIM_PROFILE, &why, e);
	if (manifest_read(l->doc, &l->manifest, &why) < 0)
		return refuse(l, RIM_SCHEMA, &why, e);
	return 0;
}

/* The digest comes first because it costs least: it is worth nothing until the signature holds. */
static int verify_signature(struct loading *l, struct err *e)
{
	struct err why = { 0 };
	bool is_debug;

	if (dsig_digest(l->doc, &l->dsig, &why) < 0)
		return refuse(l, RIM_DIGEST, &why, e);
	if (dsig_certs(l->doc, &l->dsig, &l->certs, &why) < 0)
		return refuse(l, RIM_CHAIN, &why, e);
	is_debug = signer_is_debug(&l->certs);
	if (is_debug)
		verdict_say(l->c->verdict, l->part, RIM_DEBUG, "%s RIM: signed for debugging only",
			    source_kind_name(l->kind));
	if (signer_chain(&l->certs, l->c->test_roots, &l->chain, &why) < 0)
		return refuse(l, RIM_CHAIN, &why, e);
	if (is_debug)
		return REFUSED;
	if (dsig_signature(l->doc, &l->dsig, chain_key_of(&l->chain), &why) < 0)
		return refuse(l, RIM_SIGNATURE, &why, e);
	return 0;
}

/* --- The right one ---------------------------------------------------------------------------- */

static bool is_text(struct span text, const char *wanted)
{
	return text.len == strlen(wanted) && !strncasecmp((const char *)text.at, wanted, text.len);
}

/* Any leaf under the root signs any manifest, so what is signed must say that it is this one. */
static int check_identity(struct loading *l, struct err *e)
{
	const struct manifest *m = &l->manifest;
	const char *edition = l->kind == RIM_SWITCH ? "SWITCH" : "GPU";
	struct err why = { 0 };

	if (!is_text(m->edition, edition) ||
	    manifest_is_firmware(m->version) != (l->kind != RIM_DRIVER))
		(void)FAIL(&why, FAIL_INPUT, "edition %.*s and version %.*s are of another kind",
			   (int)m->edition.len, (const char *)m->edition.at, (int)m->version.len,
			   (const char *)m->version.at);
	else if (!is_text(m->version, l->version))
		(void)FAIL(&why, FAIL_INPUT, "for version %.*s, and the report says %.32s",
			   (int)m->version.len, (const char *)m->version.at, l->version);
	else if (!signer_is_chip(m->product, l->chip))
		(void)FAIL(&why, FAIL_INPUT, "for product %.*s, and the chip is %.16s",
			   (int)m->product.len, (const char *)m->product.at, l->chip);
	else if (!signer_names_chip(&l->chain, l->chip))
		(void)FAIL(&why, FAIL_INPUT, "its signer's CA is not for %.16s", l->chip);
	return why.kind ? refuse(l, RIM_OTHER, &why, e) : 0;
}

static int check_pin(struct loading *l, struct err *e)
{
	struct span is = span(l->sha256.at, l->sha256.len);
	char hex[2 * DIGEST_MAX_BYTES + 1];
	struct err why = { 0 };

	if (refs_ask(&l->c->policy->gpu.rim_sha256, is) != REFS_MISMATCH)
		return 0;
	digest_hex(is, hex);
	(void)FAIL(&why, FAIL_DENIED, "SHA-256 %s is not in the policy's list", hex);
	return refuse(l, RIM_NOT_PINNED, &why, e);
}

/* --- In force --------------------------------------------------------------------------------- */

/* An expired manifest is compared all the same, since a mismatch is worth knowing: the finding
 * alone keeps the word from being a good one. */
static void check_time(const struct loading *l)
{
	const char *name = source_kind_name(l->kind);
	char from[TIME_TEXT_BYTES], to[TIME_TEXT_BYTES];
	int when = chain_time(&l->chain, l->c->at);

	time_text(l->chain.not_before, from);
	time_text(l->chain.not_after, to);
	verdict_text(l->c->verdict, claims_of(l), claim(l, "not_after").name, to);
	if (when < 0)
		verdict_say(l->c->verdict, l->part, RIM_SIGNER_EARLY,
			    "%s RIM: its signer is valid from %s on", name, from);
	if (when <= 0)
		return;
	verdict_bool(l->c->verdict, claims_of(l), claim(l, "signer_expired").name, true);
	if (!l->c->policy->gpu.rim_expired_signer)
		verdict_say(l->c->verdict, l->part, RIM_SIGNER_EXPIRED,
			    "%s RIM: its signer was valid until %s", name, to);
}

/* Only of a part that is genuine: this word must not be the first that is said of it. */
static void say_root(const struct loading *l)
{
	bool is_test = l->chain.root == CHAIN_TEST;

	verdict_text(l->c->verdict, claims_of(l), claim(l, "root").name,
		     is_test ? "test" : "builtin");
	if (is_test && verdict_is_genuine(l->c->verdict, l->part))
		verdict_say(l->c->verdict, l->part, RIM_TEST_ROOT, "%s RIM: under a test root",
			    source_kind_name(l->kind));
}

static void fill(const struct loading *l, struct rim *ret)
{
	struct rim rim = { .kind = l->kind };
	struct span version = l->manifest.version;
	char cn[128] = "";

	memcpy(rim.version, version.at, version.len);
	memcpy(rim.sha256, l->sha256.at, sizeof(rim.sha256));
	memcpy(rim.golden, l->manifest.golden, sizeof(rim.golden));
	verdict_text(l->c->verdict, claims_of(l), claim(l, "version").name, rim.version);
	if (!cert_subject_cn(l->chain.at[0], cn, sizeof(cn), NULL))
		verdict_text(l->c->verdict, claims_of(l), claim(l, "signer").name, cn);
	*ret = rim;
}

static int judge(struct loading *l, struct err *e)
{
	static int (*const steps[])(struct loading * l, struct err * e) = {
		read_structure,
		verify_signature,
		check_identity,
		check_pin,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		int ret = steps[i](l, e);

		if (ret)
			return ret;
	}
	say_root(l);
	check_time(l);
	return nvidia_revocation(l->c, l->part, &l->chain, 0, e);
}

int rim_load(const struct context *c, size_t part, enum rim_kind kind, const char *id,
	     const char *chip, const char *version, struct rim *ret, bool *ret_found, struct err *e)
{
	AUTO_LOADING struct loading l = {
		.c = c, .part = part, .kind = kind, .chip = chip, .version = version
	};
	bool is_there;
	int result;

	if (source_find(c, part, kind, id, &l.text, &is_there, e) < 0)
		return -(int)FAIL_SYS;
	if (!is_there) {
		*ret_found = false;
		return 0;
	}
	result = judge(&l, e);
	if (result < 0)
		return result;
	if (!result)
		fill(&l, ret);
	*ret_found = !result;
	return 0;
}
