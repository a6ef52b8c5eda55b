#include "attest/verify/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/names.h"
#include "attest/verify/refs.h"
#include "attest/verify/token.h"
#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"

/* --- Keeping ---------------------------------------------------------------------------------- */

void bundle_done(struct bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		certs_done(&b->parts[i].certs);
	for (size_t i = 0; i < b->loose_count; i++)
		certs_done(&b->loose[i]);
	for (size_t i = 0; i < b->kept_count; i++)
		buf_done(&b->kept[i]);
	for (size_t i = 0; i < b->tree_count; i++)
		cJSON_Delete(b->trees[i]);
	verify_store_free(b->store);
	b->count = b->loose_count = b->kept_count = b->tree_count = 0;
	b->store = NULL;
}

static const char *kind_prefix(enum part_kind kind)
{
	static const char *const names[] = {
		[PART_SNP] = "cpu",	  [PART_QUOTE] = "cpu", [PART_GPU] = "gpu",
		[PART_SWITCH] = "switch", [PART_TPM] = "tpm",	[PART_LOG] = "log",
		[PART_SAMPLE] = "cpu",
	};

	return names[kind];
}

int bundle_part(struct bundle *b, enum part_kind kind, struct span bytes, struct part **ret,
		struct err *e)
{
	struct part *p = &b->parts[b->count];
	size_t nth = 0;

	if (b->count == LIMIT_VERIFY_PARTS)
		return FAIL(e, FAIL_LIMIT, "more than %d pieces of evidence", LIMIT_VERIFY_PARTS);
	for (size_t i = 0; i < b->count; i++)
		nth += !strcmp(kind_prefix(b->parts[i].kind), kind_prefix(kind));
	*p = (struct part){ .kind = kind, .bytes = bytes };
	(void)snprintf(p->name, sizeof(p->name), "%s%zu", kind_prefix(kind), nth);
	b->count++;
	if (ret)
		*ret = p;
	return 0;
}

int bundle_keep(struct bundle *b, struct buf *bytes, struct span *ret, struct err *e)
{
	if (b->kept_count == COUNT_OF(b->kept)) {
		buf_done(bytes);
		return FAIL(e, FAIL_LIMIT, "more than %zu pieces of evidence", COUNT_OF(b->kept));
	}
	b->kept[b->kept_count] = buf_take(bytes);
	*ret = buf_view(&b->kept[b->kept_count++]);
	return 0;
}

/* --- Text ------------------------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The text without white space, as long as every other character passes `is`. */
static int squeeze(struct span text, struct buf *ret, struct err *e)
{
	int failed = buf_reserve(ret, text.len + 1, e);

	for (size_t i = 0; i < text.len && !failed; i++)
		if (!is_space(text.at[i]))
			ret->at[ret->len++] = text.at[i];
	if (!failed)
		ret->at[ret->len] = 0;
	return failed;
}

static bool is_all_hex(struct span text)
{
	if (text.len % 2 || text.len < 2)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_hex_digit(text.at[i]))
			return false;
	return true;
}

static int decode_hex(struct span text, struct buf *ret, struct err *e)
{
	int failed = buf_reserve(ret, text.len / 2 + 1, e);

	if (!failed)
		failed = hex_bytes((const char *)text.at, "hex", ret->at, text.len / 2, e);
	if (!failed)
		ret->len = text.len / 2;
	return failed;
}

/* Hex where it can be hex: base64 of that many bytes without any other letter does not happen. */
static int decode_text(struct span text, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf plain = BUF_EMPTY;
	int failed = squeeze(text, &plain, e);

	if (failed)
		return failed;
	if (is_all_hex(buf_view(&plain)))
		return decode_hex(buf_view(&plain), ret, e);
	failed = b64_decode(B64_STANDARD, buf_view(&plain), LIMIT_VERIFY_FILE_BYTES, ret, e);
	if (failed == -FAIL_INPUT)
		failed = b64_decode(B64_URL, buf_view(&plain), LIMIT_VERIFY_FILE_BYTES, ret, e);
	return failed;
}

int bundle_decode(struct bundle *b, const char *text, const char *where, struct span *ret,
		  struct err *e)
{
	struct buf bytes = BUF_EMPTY;
	int failed = decode_text(span_text(text), &bytes, e);

	if (failed) {
		buf_done(&bytes);
		return err_add(e, "%s", where);
	}
	return bundle_keep(b, &bytes, ret, e);
}

/* --- Files ------------------------------------------------------------------------------------ */

static bool starts_with(struct span bytes, const char *text)
{
	return bytes.len >= strlen(text) && !memcmp(bytes.at, text, strlen(text));
}

static struct span skip_space(struct span bytes)
{
	while (bytes.len && is_space(bytes.at[0])) {
		bytes.at++;
		bytes.len--;
	}
	return bytes;
}

static int refuse_token(const struct verify_file *f, struct err *e)
{
	return FAIL(e, FAIL_INPUT,
		    "%.60s: a token is another verifier's opinion and no evidence: give the "
		    "evidence that it was made from",
		    f->name);
}

static int read_json(struct bundle *b, const struct verify_file *f, struct err *e)
{
	cJSON *tree = NULL;
	int failed = json_parse(f->bytes, LIMIT_VERIFY_FILE_BYTES, &tree, e);

	if (failed)
		return err_add(e, "%.60s", f->name);
	b->trees[b->tree_count++] = tree;
	if (is_token_list(tree))
		return refuse_token(f, e);
	failed = bundle_ours(b, tree, e);
	if (failed == -FAIL_AGAIN)
		failed = bundle_request(b, tree, e);
	if (failed == -FAIL_AGAIN)
		failed = bundle_aep83(b, tree, e);
	if (failed == -FAIL_AGAIN)
		failed = bundle_coco(b, tree, e);
	return failed && failed != -FAIL_AGAIN ? err_add(e, "%.60s", f->name) : failed;
}

/* Certificates that came in files of their own; whose they are is settled when all is read. */
static int read_certs(struct bundle *b, struct span bytes, struct err *e)
{
	int failed = certs_add(&b->loose[b->loose_count], bytes, e);

	if (!failed)
		b->loose_count++;
	return failed;
}

static int read_forced(struct bundle *b, enum verify_form form, struct span bytes, struct err *e)
{
	static const enum part_kind kinds[] = {
		[VERIFY_SNP] = PART_SNP, [VERIFY_TDX] = PART_QUOTE, [VERIFY_GPU] = PART_GPU,
		[VERIFY_TPM] = PART_TPM, [VERIFY_LOG] = PART_LOG,
	};

	if (form == VERIFY_AUTO || b->count)
		return FAIL(e, FAIL_AGAIN, "not recognised");
	return bundle_part(b, kinds[form], bytes, NULL, e);
}

static int read_bytes(struct bundle *b, const struct verify_request *r, struct span bytes,
		      struct err *e)
{
	int failed = bundle_raw(b, bytes, e);

	if (failed == -FAIL_AGAIN && bytes.len && bytes.at[0] == 0x30)
		failed = read_certs(b, bytes, e) ? -FAIL_AGAIN : 0;
	if (failed == -FAIL_AGAIN)
		failed = read_forced(b, r->form, bytes, e);
	return failed;
}

/* A report as hex or base64 text, as tools and issues pass them round. */
static int read_text(struct bundle *b, const struct verify_request *r, struct span text,
		     struct err *e)
{
	struct buf bytes = BUF_EMPTY;
	struct span kept;
	int failed = decode_text(text, &bytes, e);

	if (failed || bytes.len < 32) {
		buf_done(&bytes);
		return FAIL(e, FAIL_AGAIN, "not recognised");
	}
	failed = bundle_keep(b, &bytes, &kept, e);
	return failed ? failed : read_bytes(b, r, kept, e);
}

static int read_evidence(struct bundle *b, const struct verify_request *r,
			 const struct verify_file *f, struct err *e)
{
	struct span text = skip_space(f->bytes);
	int failed;

	if (starts_with(text, "{") || starts_with(text, "["))
		return read_json(b, f, e);
	if (starts_with(text, "-----BEGIN CERTIFICATE-----"))
		return read_certs(b, text, e);
	if (is_token(text))
		return refuse_token(f, e);
	failed = bundle_raw(b, f->bytes, e);
	if (failed == -FAIL_AGAIN)
		failed = read_text(b, r, f->bytes, e);
	if (failed == -FAIL_AGAIN)
		failed = read_bytes(b, r, f->bytes, e);
	return failed;
}

/* What is no evidence is collateral, under the name that its content or its file gives it. */
static int read_file(struct bundle *b, const struct verify_request *r, const struct verify_file *f,
		     struct err *e)
{
	char name[NAME_BYTES];
	int failed;

	if (f->bytes.len > LIMIT_VERIFY_FILE_BYTES)
		return FAIL(e, FAIL_LIMIT, "%.60s: over %d bytes", f->name,
			    LIMIT_VERIFY_FILE_BYTES);
	if (name_of_collateral(f->name, f->bytes, name))
		return verify_store_add(b->store, name, f->bytes, e);
	failed = read_evidence(b, r, f, e);
	if (failed == -FAIL_AGAIN)
		return FAIL(e, FAIL_INPUT,
			    "%.60s: neither evidence nor anything that goes with it; name its kind "
			    "(snp, tdx, gpu, tpm, log)",
			    f->name);
	return failed;
}

/* --- Whose certificates ----------------------------------------------------------------------- */

static int give(struct part *p, const struct certs *list, struct err *e)
{
	int failed = 0;

	for (size_t i = 0; i < list->count && !failed; i++)
		failed = certs_add_ref(&p->certs, list->at[i], e);
	return failed;
}

static struct part *bare_device(struct bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		if ((b->parts[i].kind == PART_GPU || b->parts[i].kind == PART_SWITCH) &&
		    !b->parts[i].certs.count)
			return &b->parts[i];
	return NULL;
}

/* A chain of a file of its own belongs to the first device that has none; without such a device, to
 * every CPU and TPM: their verifiers pick what fits. */
static int share_certs(struct bundle *b, struct err *e)
{
	int failed = 0;

	for (size_t l = 0; l < b->loose_count && !failed; l++) {
		struct part *device = bare_device(b);

		if (device) {
			failed = give(device, &b->loose[l], e);
			continue;
		}
		for (size_t i = 0; i < b->count && !failed; i++)
			if (b->parts[i].kind == PART_SNP || b->parts[i].kind == PART_TPM)
				failed = give(&b->parts[i], &b->loose[l], e);
	}
	return failed;
}

int bundle_read(const struct verify_request *r, struct bundle *ret, struct err *e)
{
	int failed;

	memset(ret, 0, sizeof(*ret));
	if (!r->file_count || r->file_count > LIMIT_VERIFY_FILES)
		return FAIL(e, FAIL_LIMIT, "1 to %d files", LIMIT_VERIFY_FILES);
	failed = verify_store_new(&ret->store, e);
	for (size_t i = 0; i < r->file_count && !failed; i++)
		failed = read_file(ret, r, &r->files[i], e);
	if (!failed)
		failed = share_certs(ret, e);
	if (failed)
		bundle_done(ret);
	return failed;
}
