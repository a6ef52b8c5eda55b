/* Dates of certificates. What is public of it is in certs.h. */
#pragma once

#include <openssl/asn1.h>
#include <stdint.h>

#include "base/err.h"

/* Seconds since 1970 of a UTCTime or GeneralizedTime in the form RFC 5280 4.1.2.5 asks for: with
 * seconds, without fractions, in Z. Either kind for any year. -FAIL_INPUT. */
int asn1_time(const ASN1_TIME *t, int64_t *ret, struct err *e);
