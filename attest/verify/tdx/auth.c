#include "attest/verify/bytes.h"
#include "attest/verify/tdx/quote.h"

#define SIGNATURE_BYTES 64
#define KEY_BYTES	64

/* u16 type, u32 size, and that many bytes which must be the last. */
static int take_certification(struct span *rest, const char *what, uint16_t *ret_type,
			      struct span *ret, struct err *e)
{
	struct span head;

	if (!bytes_take(rest, 6, &head))
		return FAIL(e, FAIL_INPUT, "%s: cut before its size", what);
	if (le32(head.at + 2) != rest->len)
		return FAIL(e, FAIL_INPUT, "%s: says %u bytes, and %zu are left", what,
			    le32(head.at + 2), rest->len);
	*ret_type = le16(head.at);
	*ret = *rest;
	*rest = SPAN_EMPTY;
	return 0;
}

/* The quoting enclave's report, the PCK's signature over it, the data it hashed, certificates. */
static int read_qe(struct span *rest, struct quote_auth *a, struct err *e)
{
	struct span len;

	if (!bytes_take(rest, QUOTE_ENCLAVE_BYTES, &a->qe_report) ||
	    !bytes_take(rest, SIGNATURE_BYTES, &a->qe_signature) || !bytes_take(rest, 2, &len))
		return FAIL(e, FAIL_INPUT, "cut in the QE's report");
	if (le16(len.at) > QUOTE_QE_DATA_MAX)
		return FAIL(e, FAIL_INPUT, "QE authentication data of %u bytes, at most %d",
			    le16(len.at), QUOTE_QE_DATA_MAX);
	if (!bytes_take(rest, le16(len.at), &a->qe_data))
		return FAIL(e, FAIL_INPUT, "QE authentication data of %u bytes, and %zu are left",
			    le16(len.at), rest->len);
	return take_certification(rest, "certification data", &a->certification, &a->certs, e);
}

int quote_auth_parse(struct span auth, uint16_t version, struct quote_auth *ret, struct err *e)
{
	struct quote_auth a = { 0 };
	struct span rest = auth, inner;
	uint16_t type = 0;
	int failed;

	if (!bytes_take(&rest, SIGNATURE_BYTES, &a.signature) ||
	    !bytes_take(&rest, KEY_BYTES, &a.key))
		return FAIL(e, FAIL_INPUT, "authentication data: %zu bytes hold no signature",
			    auth.len);
	if (version > 3) {
		failed = take_certification(&rest, "QE certification", &type, &inner, e);
		if (failed)
			return failed;
		if (type != QUOTE_QE_REPORT)
			return FAIL(e, FAIL_INPUT, "QE certification of type %u, must be %d", type,
				    QUOTE_QE_REPORT);
		rest = inner;
	}
	failed = read_qe(&rest, &a, e);
	if (!failed)
		*ret = a;
	return failed;
}
