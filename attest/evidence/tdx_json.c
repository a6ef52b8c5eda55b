#include "attest/evidence/tdx_json.h"

#include "attest/evidence/ccel.h"
#include "base/json.h"
#include "base/limits.h"

static int add_log(cJSON *evidence, struct span ccel, struct err *e)
{
	static const uint8_t end[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	AUTO_BUF struct buf log = BUF_EMPTY;
	size_t len = 0;
	int failed = ccel_length(ccel, &len, e);

	if (failed)
		return failed;
	if (!len)
		return json_add(evidence, "cc_eventlog", cJSON_CreateNull(), e);
	failed = buf_append(&log, span(ccel.at, len), LIMIT_EVENTLOG_BYTES, e);
	if (!failed)
		failed = buf_append(&log, span(end, sizeof(end)),
				    LIMIT_EVENTLOG_BYTES + sizeof(end), e);
	return failed ? failed : json_add_b64(evidence, "cc_eventlog", buf_view(&log), e);
}

int tdx_json(struct span quote, struct span ccel, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *evidence = cJSON_CreateObject();
	int failed;

	if (!evidence)
		return err_set(e, FAIL_SYS, ENOMEM, __func__, "tdx: no memory");
	failed = add_log(evidence, ccel, e);
	if (!failed)
		failed = json_add_b64(evidence, "quote", quote, e);
	if (failed)
		return failed;
	*ret = evidence;
	evidence = NULL;
	return 0;
}
