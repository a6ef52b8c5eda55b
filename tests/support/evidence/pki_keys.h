/* Fixed keys, PEM of PKCS#8. */
#pragma once

#define PKI_EC_KEYS  8
#define PKI_RSA_KEYS 3

extern const char *const PKI_P256[PKI_EC_KEYS];
extern const char *const PKI_P384[PKI_EC_KEYS];
extern const char *const PKI_RSA4096[PKI_RSA_KEYS];
