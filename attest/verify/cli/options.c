#include "attest/verify/cli/options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "attest/verify/cli/nearest.h"
#include "base/mem.h"

const char options_help[] =
	"usage: sealverify [snp|tdx|gpu|tpm|log|auto] FILE... [OPTION...]\n"
	"       sealverify show [FORM] FILE... [--json]       decode, and verify nothing\n"
	"       sealverify missing [FORM] FILE... [OPTION...] what the cache lacks, and where it "
	"is\n"
	"       sealverify --explain CODE|list                what a reason means, and what to do\n"
	"\n"
	"Is the evidence genuine, fresh, from a platform that is up to date, of my workload, and "
	"do\n"
	"its parts belong together? Offline: what is missing is named and never fetched. FILEs "
	"are\n"
	"evidence and what goes with it (certificates, CRLs, collateral, RIMs, logs); - is stdin.\n"
	"\n"
	"  --nonce HEX|BASE64        what you chose; hex: and b64: in front settle which it is\n"
	"  --report-data HEX|BASE64  the report data itself, 1 to 64 bytes\n"
	"  --tee-key FILE            the guest's key that the report data covers (JWK, or DER)\n"
	"  --policy FILE             reference values and rules, ours or Trustee's\n"
	"  --cache DIR               certificates and collateral by file name\n"
	"  --at TIME                 judge at 2026-11-23T12:00:00Z, or \"none\"; else the clock\n"
	"  --test-root FILE          PEM; a root that only a test trusts, and the verdict shows\n"
	"  --json                    the whole verdict, for programs\n"
	"\n"
	"Exit: 0 accepted, 1 refused, 3 unknown workload, 4 unproven, 5 freshness not asked;\n"
	"2 usage, 6 no evidence or unreadable, 7 internal. sealverify(1) says more.\n";

enum option {
	OPTION_NONCE,
	OPTION_REPORT_DATA,
	OPTION_TEE_KEY,
	OPTION_POLICY,
	OPTION_CACHE,
	OPTION_AT,
	OPTION_TEST_ROOT,
	OPTION_EXPLAIN,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct known {
	const char *name;
	enum option option;
	bool has_value;
} known[] = {
	{ "--nonce", OPTION_NONCE, true },
	{ "--report-data", OPTION_REPORT_DATA, true },
	{ "--tee-key", OPTION_TEE_KEY, true },
	{ "--policy", OPTION_POLICY, true },
	{ "--cache", OPTION_CACHE, true },
	{ "--at", OPTION_AT, true },
	{ "--test-root", OPTION_TEST_ROOT, true },
	{ "--explain", OPTION_EXPLAIN, true },
	{ "--json", OPTION_JSON, false },
	{ "--help", OPTION_HELP, false },
	{ "-h", OPTION_HELP, false },
	{ "--version", OPTION_VERSION, false },
};

static const struct form_word {
	const char *name;
	enum verify_form form;
} form_words[] = {
	{ "auto", VERIFY_AUTO }, { "snp", VERIFY_SNP }, { "tdx", VERIFY_TDX },
	{ "gpu", VERIFY_GPU },	 { "tpm", VERIFY_TPM }, { "log", VERIFY_LOG },
};

/* While the words are read. */
struct reading {
	struct options o;
	unsigned given;	 /* options, as bits                       */
	unsigned words;	 /* operands so far, files and others      */
	bool only_files; /* "--" was met                           */
	bool has_form;
};

static const struct known *find(const char *text, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strlen(known[i].name) == len && !memcmp(known[i].name, text, len))
			return &known[i];
	return NULL;
}

static int refuse_unknown(const char *text, size_t len, struct err *e)
{
	char typed[NEAREST_BYTES + 1];
	size_t best = SIZE_MAX;
	const char *name = NULL;

	(void)snprintf(typed, sizeof(typed), "%.*s", (int)len, text);
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		size_t distance = nearest_distance(typed, known[i].name);

		if (distance < best) {
			best = distance;
			name = known[i].name;
		}
	}
	if (name && nearest_is_close(best, name))
		return FAIL(e, FAIL_INPUT, "there is no option '%s': did you mean %s?", typed,
			    name);
	return FAIL(e, FAIL_INPUT, "there is no option '%s'", typed);
}

static void set(struct options *o, enum option option, const char *value)
{
	switch (option) {
	case OPTION_NONCE:
		o->nonce = value;
		break;
	case OPTION_REPORT_DATA:
		o->report_data = value;
		break;
	case OPTION_TEE_KEY:
		o->tee_key = value;
		break;
	case OPTION_POLICY:
		o->policy = value;
		break;
	case OPTION_CACHE:
		o->cache = value;
		break;
	case OPTION_AT:
		o->at = value;
		break;
	case OPTION_TEST_ROOT:
		o->test_root = value;
		break;
	case OPTION_EXPLAIN:
		o->explain = value;
		break;
	case OPTION_JSON:
		o->json = true;
		break;
	case OPTION_HELP:
	case OPTION_VERSION:
		break;
	}
}

static bool is_given(const struct reading *r, enum option option)
{
	return r->given & 1u << option;
}

/* The option at argv[*at], and its value, which may be the next word. */
static int take_option(int argc, char *const argv[], int *at, struct reading *r, struct err *e)
{
	const char *text = argv[*at], *equals = strchr(text, '='), *value = NULL;
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct known *k = find(text, len);

	if (!k)
		return refuse_unknown(text, len, e);
	if (is_given(r, k->option))
		return FAIL(e, FAIL_INPUT, "%s is given twice", k->name);
	if (!k->has_value && equals)
		return FAIL(e, FAIL_INPUT, "%s takes no value", k->name);
	if (k->has_value) {
		value = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
		if (!value || !*value)
			return FAIL(e, FAIL_INPUT, "%s wants a value", k->name);
	}
	r->given |= 1u << k->option;
	set(&r->o, k->option, value);
	return 0;
}

/* The words in front of the files: a command, then a form. */
static bool take_word(const char *word, struct reading *r)
{
	bool is_first = r->words == 1;

	if (is_first && !strcmp(word, "show")) {
		r->o.action = ACTION_SHOW;
		return true;
	}
	if (is_first && !strcmp(word, "missing")) {
		r->o.action = ACTION_MISSING;
		return true;
	}
	if (r->has_form || r->o.file_count)
		return false;
	for (size_t i = 0; i < COUNT_OF(form_words); i++)
		if (!strcmp(word, form_words[i].name)) {
			r->o.form = form_words[i].form;
			r->has_form = true;
			return true;
		}
	return false;
}

static int take_file(const char *word, struct options *o, struct err *e)
{
	if (o->file_count == LIMIT_VERIFY_FILES)
		return FAIL(e, FAIL_LIMIT, "more than %d files", LIMIT_VERIFY_FILES);
	for (size_t i = 0; i < o->file_count && !strcmp(word, "-"); i++)
		if (!strcmp(o->files[i], "-"))
			return FAIL(e, FAIL_INPUT, "standard input can be read once");
	o->files[o->file_count++] = word;
	return 0;
}

static int take_operand(const char *word, struct reading *r, struct err *e)
{
	r->words++;
	if (!r->only_files && take_word(word, r))
		return 0;
	return take_file(word, &r->o, e);
}

/* Everything is read: what is asked, and is it whole? */
static int settle(struct reading *r, struct err *e)
{
	if (is_given(r, OPTION_HELP))
		r->o.action = ACTION_HELP;
	else if (is_given(r, OPTION_VERSION))
		r->o.action = ACTION_VERSION;
	else if (is_given(r, OPTION_EXPLAIN))
		r->o.action = ACTION_EXPLAIN;
	else if (!r->o.file_count)
		return FAIL(e, FAIL_INPUT, "no evidence is given: a FILE, or - for standard input");
	return 0;
}

int options_parse(int argc, char *const argv[], struct options *ret, struct err *e)
{
	struct reading r = { 0 };
	int failed = 0;

	for (int i = 1; i < argc && !failed; i++) {
		if (!r.only_files && !strcmp(argv[i], "--"))
			r.only_files = true;
		else if (!r.only_files && argv[i][0] == '-' && argv[i][1])
			failed = take_option(argc, argv, &i, &r, e);
		else
			failed = take_operand(argv[i], &r, e);
	}
	if (!failed)
		failed = settle(&r, e);
	if (!failed)
		*ret = r.o;
	return failed;
}
