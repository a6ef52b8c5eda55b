#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/broker/cert.h"
#include "tests/broker/ossl.h"
#include "tests/support/scratch.h"

static const char *tls_dir(void)
{
	static char path[200];
	AUTO_FD int dir = scratch_dir();

	(void)dir;
	(void)snprintf(path, sizeof(path), "%s/tls", scratch_path());
	return path;
}

static X509 *read_cert(const char *name)
{
	char path[300];
	FILE *f;
	X509 *cert;

	(void)snprintf(path, sizeof(path), "%s/%s", tls_dir(), name);
	f = fopen(path, "re");
	cr_assert_not_null(f);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	cr_assert_not_null(cert);
	return cert;
}

Test(cert, names_the_places_where_a_guest_looks)
{
	AUTO_CERT X509 *cert = NULL;

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	cert = read_cert("server.pem");
	cr_expect_eq(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
	cr_expect_eq(X509_check_ip_asc(cert, "10.0.2.2", 0), 1);
	cr_expect_eq(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
	cr_expect_eq(X509_check_ip_asc(cert, "10.0.2.3", 0), 0);
	cr_expect_eq(X509_check_host(cert, "example.org", 0, 0, NULL), 0);
}

Test(cert, is_good_from_a_day_ago_for_ten_years)
{
	AUTO_CERT X509 *cert = NULL;
	time_t before = time(NULL) - 86400 + 60, after = time(NULL) + 3649 * 86400L;

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	cert = read_cert("root.pem");
	cr_expect_lt(X509_cmp_time(X509_get0_notBefore(cert), &before), 0);
	cr_expect_gt(X509_cmp_time(X509_get0_notAfter(cert), &after), 0);
}

Test(cert, of_the_server_is_signed_by_the_root_alone)
{
	AUTO_CERT X509 *root = NULL, *cert = NULL;

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	root = read_cert("root.pem");
	cert = read_cert("server.pem");
	cr_expect_eq(X509_check_ca(root), 1);
	cr_expect_eq(X509_check_ca(cert), 0);
	cr_expect_eq(X509_verify(cert, X509_get0_pubkey(root)), 1);
	cr_expect_neq(X509_verify(cert, X509_get0_pubkey(cert)), 1);
}

Test(cert, key_is_for_its_owner_only_and_the_roots_key_is_not_kept)
{
	AUTO_FD int dir = scratch_dir();
	struct stat st;

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	cr_assert_eq(fstatat(dir, "tls/server.key", &st, 0), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_expect_neq(faccessat(dir, "tls/root.key", F_OK, 0), 0);
}

Test(cert, stays_the_same_once_made)
{
	AUTO_CERT X509 *one = NULL, *two = NULL;
	AUTO_SSL_CTX SSL_CTX *ctx = NULL;

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	one = read_cert("root.pem");
	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	two = read_cert("root.pem");
	cr_expect_eq(X509_cmp(one, two), 0);
	cr_expect_eq(broker_cert_context(tls_dir(), &ctx, NULL), 0);
	cr_expect_eq(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
}

Test(cert, refuses_a_directory_with_half_of_it)
{
	AUTO_FD int dir = scratch_dir();

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	cr_assert_eq(unlinkat(dir, "tls/server.key", 0), 0);
	cr_expect_eq(broker_cert_ensure(tls_dir(), NULL), -FAIL_INPUT);
	cr_expect_neq(faccessat(dir, "tls/server.key", F_OK, 0), 0, "nothing was made");
}

Test(cert, refuses_a_directory_that_cannot_be)
{
	cr_expect_eq(broker_cert_ensure("/proc/nonexistent", NULL), -FAIL_SYS);
}

Test(cert, context_needs_a_key_that_matches)
{
	AUTO_FD int dir = scratch_dir();
	AUTO_SSL_CTX SSL_CTX *ctx = NULL;
	char other[300];

	cr_assert_eq(broker_cert_ensure(tls_dir(), NULL), 0);
	(void)snprintf(other, sizeof(other), "%s/other", scratch_path());
	cr_assert_eq(broker_cert_ensure(other, NULL), 0);
	cr_assert_eq(renameat(dir, "other/server.key", dir, "tls/server.key"), 0);
	cr_expect_eq(broker_cert_context(tls_dir(), &ctx, NULL), -FAIL_SYS);
	cr_expect_null(ctx);
}
