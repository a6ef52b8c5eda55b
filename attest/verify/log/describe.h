/* What an event says, for people. Nothing here is authenticated unless its check says so. */
#pragma once

#include "attest/verify/log/event.h"
#include "attest/verify/log/out.h"

#define TCG_TEXT_BYTES 4096 /* of one text shown; all of the data are there as hex */

/* Adds the event's data, decoded by its type, to an object. Data that break their own format say so
 * ("unreadable") and no more. */
void tcg_describe(struct tcg_out *o, cJSON *details, const struct tcg_event *event);
