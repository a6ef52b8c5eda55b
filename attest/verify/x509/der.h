/* The distinguished encoding, checked before OpenSSL (which forgives BER) sees a byte. */
#pragma once

#include "base/err.h"
#include "base/span.h"

/*
 * One value fills `der`: lengths definite and shortest, tags below 31, strings in one piece,
 * INTEGER and BOOLEAN in their only form, at most DER_DEPTH levels. What OCTET STRINGs wrap is not
 * looked into. -FAIL_INPUT.
 * Spec: X.690 sections 8.1, 10, 11.1.
 */
#define DER_DEPTH 16
int der_check(struct span der, struct err *e);
