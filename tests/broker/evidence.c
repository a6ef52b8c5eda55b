#include "tests/broker/evidence.h"

#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/mem.h"

_Bool broker_tee_is_known(const char *tee)
{
	static const char *const names[] = {
		"az-snp-vtpm", "az-tdx-vtpm", "sgx",	      "snp",	   "tdx",
		"cca",	       "csv",	      "se",	      "hygondcu",  "tpm",
		"nvidia",      "sample",      "sampledevice", "nvidiadpu",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(tee, names[i]))
			return true;
	return false;
}

void broker_evidence_done(struct broker_evidence *evidence)
{
	json_done(&evidence->claims);
}

static int compare(const char *claimed, const struct digest *expected, struct err *e)
{
	AUTO_BUF struct buf want = BUF_EMPTY;
	int failed = b64_encode(B64_STANDARD, span(expected->at, expected->len), 128, &want, e);

	if (failed)
		return failed;
	if (!digest_is_equal(span_text(claimed), buf_view(&want)))
		return FAIL(e, FAIL_FORGED, "report data is \"%.24s...\", must be \"%.24s...\"",
			    claimed, (const char *)want.at);
	return 0;
}

int broker_evidence_verify(const char *tee, const cJSON *evidence, const struct digest *expected,
			   struct broker_evidence *ret, struct err *e)
{
	const cJSON *svn = NULL, *report_data = NULL;
	const struct json_field fields[] = {
		{ "svn", JSON_TEXT, true, &svn },
		{ "report_data", JSON_TEXT, true, &report_data },
		{ 0 },
	};
	int failed;

	if (strcmp(tee, "sample") != 0 && strcmp(tee, "sampledevice") != 0)
		return FAIL(e, FAIL_DENIED, "no verifier for \"%s\"", tee);
	if ((failed = json_object_open(evidence, tee, fields, e)) ||
	    (failed = compare(json_text(report_data), expected, e)))
		return failed;
	*ret = (struct broker_evidence){
		.tee = tee,
		.svn = json_text(svn),
		.measurement = "abcde",
		.report_data = *expected,
	};
	return 0;
}
