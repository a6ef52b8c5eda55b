/* A lack of memory within OpenSSL, which allocates by our leave. */
#include <criterion/criterion.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/verify/verify.h"
#include "attest/verify/x509/crl.h"
#include "attest/verify/x509/signature.h"
#include "tests/support/fault.h"
#include "tests/unit/verify/x509/authority.h"

/* The linker's names for the C library's own. */
void *__real_malloc(size_t n);
void *__real_realloc(void *at, size_t n);

static bool is_exposed; /* OpenSSL's allocations can be made to fail */

static void *take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_exposed ? malloc(n) : __real_malloc(n);
}

static void *take_again(void *at, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_exposed ? realloc(at, n) : __real_realloc(at, n);
}

static void give(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

/* OpenSSL must not have allocated yet, and a library of the test runner's uses it as it is loaded:
 * so this comes before any library's constructor. */
static void hook(void)
{
	(void)CRYPTO_set_mem_functions(take, take_again, give);
}

__attribute__((section(".preinit_array"), used)) static void (*const hooks[])(void) = { hook };

struct material {
	struct authority a;
	struct buf pem, crl, ocsp;
	uint8_t r[48], s[48];
};

static int act(const struct material *m, struct err *e)
{
	AUTO_CERTS struct certs c = { 0 };
	enum crl_answer listed, answered;
	struct chain_result r;
	int failed = certs_add(&c, buf_view(&m->pem), e);

	if (!failed)
		failed = chain_verify(&m->a.rules, c.at[0], &c, &r, e);
	if (!failed)
		failed = signature_ecdsa(chain_key_of(&r), DIGEST_SHA256, span(m->r, 32),
					 span(m->s, 32), span_text("x"), e);
	if (!failed)
		failed = crl_check(buf_view(&m->crl), r.at[1], r.at[0], VERIFY_NO_CLOCK, &listed,
				   NULL, e);
	if (!failed)
		failed = ocsp_check(buf_view(&m->ocsp), r.at[1], r.at[0], VERIFY_NO_CLOCK,
				    &answered, e);
	if (!failed)
		cr_assert(listed == CRL_GOOD && answered == CRL_GOOD && r.depth == 3);
	return failed;
}

/* Some of what fails inside OpenSSL it makes good itself, and in a few places it takes a lack of
 * memory for a bad signature. What must never come of it is a crash, a leak, or a false "good". */
Test(faults, of_openssl_are_failures)
{
	unsigned kinds[FAIL_BUG + 1] = { 0 }, count = 0;
	struct material m;

	authority_intel(&m.a);
	m.pem = pki_pem(m.a.cert, 3);
	m.crl = pki_crl(m.a.cert[1], m.a.key[1], (enum pki_alg)0, 1790000000, 1800000000, NULL, 0);
	m.ocsp = pki_ocsp(m.a.cert[1], m.a.key[1], m.a.cert[0], NULL, NULL, PKI_GOOD, 1790000000,
			  1800000000);
	pki_ecdsa(m.a.key[0], DIGEST_SHA256, span_text("x"), m.r, m.s, 32);

	cr_assert_eq(act(&m, NULL), 0);
	is_exposed = true;
	FAULT_EACH(n, FAULT_MEMORY)
	{
		struct err e = { 0 };
		int failed = act(&m, &e);

		fault_disarm_keep();
		cr_assert(failed <= 0 && failed >= -FAIL_BUG);
		kinds[-failed]++;
		count++;
	}
	printf("%u faults: %u made good, %u FAIL_SYS\n", count, kinds[0], kinds[FAIL_SYS]);
	is_exposed = false;
	cr_assert_gt(kinds[FAIL_SYS], 1000, "OpenSSL's allocations are not ours");
	cr_assert_lt(kinds[FAIL_FORGED] + kinds[FAIL_INPUT], 100);
	cr_assert_eq(act(&m, NULL), 0, "it no longer works");
	buf_done(&m.pem);
	buf_done(&m.crl);
	buf_done(&m.ocsp);
	authority_done(&m.a);
}
