#include "attest/verify/pcs/identity.h"

#include <string.h>

#include "attest/verify/refs.h"
#include "base/json.h"

static int read_measures(const cJSON *root, struct qe_identity *q, struct err *e)
{
	const struct {
		const char *name;
		uint8_t *ret;
		size_t len;
	} rows[] = {
		{ "miscselect", q->miscselect, sizeof(q->miscselect) },
		{ "miscselectMask", q->miscselect_mask, sizeof(q->miscselect_mask) },
		{ "attributes", q->attributes, sizeof(q->attributes) },
		{ "attributesMask", q->attributes_mask, sizeof(q->attributes_mask) },
		{ "mrsigner", q->mrsigner, sizeof(q->mrsigner) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const cJSON *node;
		const struct json_field field[] = { { rows[i].name, JSON_TEXT, true, &node },
						    { 0 } };
		int failed = json_object_open(root, "enclaveIdentity", field, e);

		if (!failed)
			failed = hex_bytes(json_text(node), rows[i].name, rows[i].ret, rows[i].len,
					   e);
		if (failed)
			return failed;
	}
	return 0;
}

static int read_kind(struct qe_identity *q, struct err *e)
{
	const char *id = q->edition.id ? q->edition.id : "";

	if (q->edition.version != 2)
		return FAIL(e, FAIL_INPUT, "version %llu", (unsigned long long)q->edition.version);
	if (strcmp(id, "QE") && strcmp(id, "TD_QE"))
		return FAIL(e, FAIL_INPUT, "id \"%.24s\" is no quoting enclave's", id);
	q->is_tdx = !strcmp(id, "TD_QE");
	return 0;
}

int qe_identity_parse(const cJSON *root, struct qe_identity *ret, struct err *e)
{
	const cJSON *isvprodid, *levels;
	const struct json_field fields[] = {
		{ "isvprodid", JSON_U64, true, &isvprodid },
		{ "tcbLevels", JSON_ARRAY, true, &levels },
		{ 0 },
	};
	struct qe_identity q = { 0 };
	uint64_t number = 0;
	int failed = pcs_edition_parse(root, &q.edition, e);

	if (!failed)
		failed = read_kind(&q, e);
	if (!failed)
		failed = read_measures(root, &q, e);
	if (!failed)
		failed = json_object_open(root, "enclaveIdentity", fields, e);
	if (!failed)
		failed = tcb_number(isvprodid, "isvprodid", UINT16_MAX, &number, e);
	if (!failed)
		failed = isv_levels_parse(levels, &q.levels, e);
	if (failed)
		return failed;
	q.isvprodid = (uint16_t)number;
	*ret = q;
	return 0;
}

void qe_identity_done(struct qe_identity *q)
{
	isv_levels_done(&q->levels);
	*q = (struct qe_identity){ 0 };
}

/* The identity's side stays unmasked: a bit that it demands outside its mask is never there. */
static bool is_masked_equal(const uint8_t *value, const uint8_t *mask, const uint8_t *want,
			    size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((value[i] & mask[i]) != want[i])
			return false;
	return true;
}

int qe_identity_check(const struct qe_identity *q, const struct pcs_enclave *report, struct err *e)
{
	if (memcmp(report->mrsigner, q->mrsigner, sizeof(q->mrsigner)))
		return FAIL(e, FAIL_DENIED, "MRSIGNER %02x%02x%02x%02x.. is not %02x%02x%02x%02x..",
			    report->mrsigner[0], report->mrsigner[1], report->mrsigner[2],
			    report->mrsigner[3], q->mrsigner[0], q->mrsigner[1], q->mrsigner[2],
			    q->mrsigner[3]);
	if (report->isvprodid != q->isvprodid)
		return FAIL(e, FAIL_DENIED, "ISVPRODID %u, must be %u", report->isvprodid,
			    q->isvprodid);
	if (!is_masked_equal(report->miscselect, q->miscselect_mask, q->miscselect,
			     sizeof(q->miscselect)))
		return FAIL(e, FAIL_DENIED, "MISCSELECT is another");
	if (!is_masked_equal(report->attributes, q->attributes_mask, q->attributes,
			     sizeof(q->attributes)))
		return FAIL(e, FAIL_DENIED, "ATTRIBUTES are others (the first byte is 0x%02x)",
			    report->attributes[0]);
	return 0;
}
