#include "attest/verify/pcs/level.h"

#include <stdlib.h>
#include <string.h>

#include "attest/verify/refs.h"
#include "attest/verify/x509/certs.h"
#include "base/json.h"
#include "base/limits.h"

static const char *const NAMES[TCB_STATUSES] = {
	[TCB_UP_TO_DATE] = "UpToDate",
	[TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
	[TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
	[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
	[TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
	[TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
	[TCB_OUT_OF_DATE] = "OutOfDate",
	[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
	[TCB_NOT_SUPPORTED] = "NotSupported",
	[TCB_REVOKED] = "Revoked",
};

const char *tcb_status_name(enum tcb_status s)
{
	return NAMES[s];
}

int tcb_number(const cJSON *node, const char *where, uint64_t max, uint64_t *ret, struct err *e)
{
	uint64_t value;

	if (json_u64(node, &value, e))
		return err_add(e, "%s", where);
	if (value > max)
		return FAIL(e, FAIL_INPUT, "%s: %llu, at most %llu", where,
			    (unsigned long long)value, (unsigned long long)max);
	*ret = value;
	return 0;
}

/* What only an evaluation can come to is no word of a document. */
static int read_status(const char *text, enum tcb_status *ret, struct err *e)
{
	for (int s = TCB_UP_TO_DATE; s < TCB_STATUSES; s++) {
		bool is_result = s == TCB_TD_RELAUNCH_ADVISED ||
				 s == TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED ||
				 s == TCB_NOT_SUPPORTED;

		if (!is_result && !strcmp(text, NAMES[s])) {
			*ret = (enum tcb_status)s;
			return 0;
		}
	}
	return FAIL(e, FAIL_INPUT, "tcbStatus \"%.40s\" is unknown", text);
}

static int check_advisories(const cJSON *list, struct err *e)
{
	size_t count = 0;

	for (const cJSON *i = list->child; i; i = i->next) {
		const char *text = json_text(i);

		if (!text || !*text || strlen(text) > REF_BYTES)
			return FAIL(e, FAIL_INPUT, "advisoryIDs: an id is text of 1 .. %d bytes",
				    REF_BYTES);
		if (++count > LIMIT_TCB_ADVISORIES)
			return FAIL(e, FAIL_LIMIT, "advisoryIDs: more than %d",
				    LIMIT_TCB_ADVISORIES);
	}
	return 0;
}

int tcb_rating_parse(const cJSON *level, struct tcb_rating *ret, struct err *e)
{
	const cJSON *date, *status, *advisories;
	const struct json_field fields[] = {
		{ "tcbDate", JSON_TEXT, true, &date },
		{ "tcbStatus", JSON_TEXT, true, &status },
		{ "advisoryIDs", JSON_ARRAY, false, &advisories },
		{ 0 },
	};
	struct tcb_rating rating = { 0 };
	int failed = json_object_open(level, "TCB level", fields, e);

	if (!failed && time_parse(date->valuestring, &rating.date, e))
		failed = err_add(e, "tcbDate");
	if (!failed)
		failed = read_status(status->valuestring, &rating.status, e);
	if (!failed && advisories)
		failed = check_advisories(advisories, e);
	if (failed)
		return failed;
	rating.advisories = advisories;
	*ret = rating;
	return 0;
}

static int read_isv(const cJSON *level, struct isv_level *ret, struct err *e)
{
	const cJSON *tcb, *isvsvn;
	const struct json_field outer[] = { { "tcb", JSON_OBJECT, true, &tcb }, { 0 } };
	const struct json_field inner[] = { { "isvsvn", JSON_U64, true, &isvsvn }, { 0 } };
	uint64_t number = 0;
	int failed = json_object_open(level, "TCB level", outer, e);

	if (!failed)
		failed = json_object_open(tcb, "tcb", inner, e);
	if (!failed)
		failed = tcb_number(isvsvn, "isvsvn", UINT16_MAX, &number, e);
	if (!failed)
		failed = tcb_rating_parse(level, &ret->rating, e);
	if (failed)
		return failed;
	ret->isvsvn = (uint16_t)number;
	switch (ret->rating.status) {
	case TCB_UP_TO_DATE:
	case TCB_OUT_OF_DATE:
	case TCB_REVOKED:
		return 0;
	default:
		/* Converging knows no other for a component, and would pass it over. */
		return FAIL(e, FAIL_INPUT, "tcbStatus \"%s\" of an enclave or module",
			    tcb_status_name(ret->rating.status));
	}
}

static int by_isvsvn(const void *a, const void *b)
{
	return (int)((const struct isv_level *)b)->isvsvn - ((const struct isv_level *)a)->isvsvn;
}

static int settle(struct isv_levels *l, struct err *e)
{
	qsort(l->at, l->count, sizeof(*l->at), by_isvsvn);
	for (size_t i = 1; i < l->count; i++)
		if (l->at[i].isvsvn == l->at[i - 1].isvsvn)
			return FAIL(e, FAIL_INPUT, "tcbLevels: isvsvn %u twice", l->at[i].isvsvn);
	return 0;
}

int isv_levels_parse(const cJSON *list, struct isv_levels *ret, struct err *e)
{
	size_t count = (size_t)cJSON_GetArraySize(list);
	struct isv_levels levels = { 0 };
	int failed = 0;

	if (!count)
		return FAIL(e, FAIL_INPUT, "tcbLevels: none");
	if (count > LIMIT_TCB_LEVELS)
		return FAIL(e, FAIL_LIMIT, "tcbLevels: more than %d", LIMIT_TCB_LEVELS);
	levels.at = calloc(count, sizeof(*levels.at));
	if (!levels.at)
		return FAIL_ERRNO(e, "tcbLevels");
	for (const cJSON *i = list->child; i && !failed; i = i->next)
		failed = read_isv(i, &levels.at[levels.count++], e);
	if (!failed)
		failed = settle(&levels, e);
	if (failed)
		isv_levels_done(&levels);
	else
		*ret = levels;
	return failed;
}

const struct isv_level *isv_levels_find(const struct isv_levels *l, unsigned isvsvn)
{
	for (size_t i = 0; i < l->count; i++)
		if (isvsvn >= l->at[i].isvsvn)
			return &l->at[i];
	return NULL;
}

void isv_levels_done(struct isv_levels *l)
{
	free(l->at);
	*l = (struct isv_levels){ 0 };
}
