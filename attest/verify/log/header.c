#include "attest/verify/log/header.h"

#include <inttypes.h>
#include <string.h>

#include "attest/verify/bytes.h"
#include "attest/verify/log/types.h"
#include "base/mem.h"

#define SHA1_BYTES	20
#define SIGNATURE_BYTES 16
#define SIGNATURE	"Spec ID Event03" /* and its terminator */

static const struct {
	uint16_t alg, size;
	const char *name;
} ALGS[] = {
	{ TCG_SHA1, SHA1_BYTES, "sha1" }, { TCG_SHA256, 32, "sha256" },
	{ TCG_SHA384, 48, "sha384" },	  { TCG_SHA512, 64, "sha512" },
	{ TCG_SM3, 32, "sm3_256" },
};

/* What CoCo's agent writes in front of its events when there is no CCEL: an event without a
 * signature or versions, that declares SHA-384 and SM3 whatever its events carry. */
static const uint8_t AAEL_SPEC[] = {
	0, 0, 0, 0, 0,	  0,	0,    0,    0,	  0,	0,    0,
	0, 0, 0, 0,						    /* signature           */
	0, 0, 0, 0, 0,	  0,	0,    0,			    /* class and versions  */
	2, 0, 0, 0, 0x0c, 0x00, 0x30, 0x00, 0x12, 0x00, 0x20, 0x00, /* two algorithms  */
	0,							    /* no vendor bytes     */
};

static bool is_known(const struct tcg_alg *a)
{
	for (size_t i = 0; i < COUNT_OF(ALGS); i++)
		if (ALGS[i].alg == a->alg)
			return ALGS[i].size == a->size;
	return false;
}

static int read_algs(struct span *from, struct tcg_header *h, struct err *e)
{
	if (!bytes_u32(from, &h->alg_count))
		return FAIL(e, FAIL_INPUT, "log header: cut before its algorithms");
	if (!h->alg_count || h->alg_count > TCG_ALGS_MAX)
		return FAIL(e, FAIL_INPUT, "log header: %" PRIu32 " algorithms, must be 1 to %d",
			    h->alg_count, TCG_ALGS_MAX);
	for (uint32_t i = 0; i < h->alg_count; i++) {
		struct tcg_alg *a = &h->algs[i];

		if (!bytes_u16(from, &a->alg) || !bytes_u16(from, &a->size))
			return FAIL(e, FAIL_INPUT, "log header: cut in its algorithms");
		if (!is_known(a))
			return FAIL(e, FAIL_INPUT, "log header: algorithm %04x of %u bytes", a->alg,
				    a->size);
		for (uint32_t k = 0; k < i; k++)
			if (h->algs[k].alg == a->alg)
				return FAIL(e, FAIL_INPUT, "log header: %s twice",
					    tcg_alg_name(a->alg));
	}
	return 0;
}

/* TCG_EfiSpecIDEvent */
static int read_spec(struct span from, struct tcg_header *h, struct err *e)
{
	struct span signature;
	uint8_t vendor_len;
	int failed;

	h->is_aael = span_is_equal(from, span(AAEL_SPEC, sizeof(AAEL_SPEC)));
	if (!bytes_take(&from, SIGNATURE_BYTES, &signature) ||
	    (!h->is_aael && memcmp(signature.at, SIGNATURE, SIGNATURE_BYTES) != 0))
		return FAIL(e, FAIL_INPUT,
			    "log header: not \"" SIGNATURE "\"; SHA-1 logs and others "
			    "are not read");
	if (!bytes_u32(&from, &h->platform_class) || !bytes_u8(&from, &h->minor) ||
	    !bytes_u8(&from, &h->major) || !bytes_u8(&from, &h->errata) ||
	    !bytes_u8(&from, &h->uintn_size))
		return FAIL(e, FAIL_INPUT, "log header: cut in its versions");
	failed = read_algs(&from, h, e);
	if (failed)
		return failed;
	if (!bytes_u8(&from, &vendor_len) || !bytes_take(&from, vendor_len, &h->vendor))
		return FAIL(e, FAIL_INPUT, "log header: vendor bytes run past its end");
	if (from.len)
		return FAIL(e, FAIL_INPUT, "log header: %zu bytes left", from.len);
	return 0;
}

int tcg_header_read(struct span *log, struct tcg_header *ret, struct err *e)
{
	struct tcg_header h = { 0 };
	struct span from = *log, sha1, spec;
	uint32_t type;
	int failed;

	if (!bytes_u32(&from, &h.reg) || !bytes_u32(&from, &type) ||
	    !bytes_take(&from, SHA1_BYTES, &sha1) || !bytes_sized(&from, &spec))
		return FAIL(e, FAIL_INPUT, "log header: cut, %zu bytes in all", log->len);
	if (type != EV_NO_ACTION)
		return FAIL(e, FAIL_INPUT, "log header: type %08" PRIx32 ", must be EV_NO_ACTION",
			    type);
	failed = read_spec(spec, &h, e);
	if (failed)
		return failed;
	*ret = h;
	*log = from;
	return 0;
}

const char *tcg_alg_name(uint16_t alg)
{
	for (size_t i = 0; i < COUNT_OF(ALGS); i++)
		if (ALGS[i].alg == alg)
			return ALGS[i].name;
	return "unknown";
}

bool tcg_alg_digest(uint16_t alg, enum digest_alg *ret)
{
	switch (alg) {
	case TCG_SHA256:
		*ret = DIGEST_SHA256;
		return true;
	case TCG_SHA384:
		*ret = DIGEST_SHA384;
		return true;
	case TCG_SHA512:
		*ret = DIGEST_SHA512;
		return true;
	default:
		return false;
	}
}
