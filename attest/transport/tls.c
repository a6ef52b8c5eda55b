#include "attest/transport/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "attest/transport/url.h"
#include "base/clock.h"
#include "base/limits.h"

#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20" /* forward secret AEADs; 1.3 has only such */

struct tls {
	SSL_CTX *ctx;
	BIO_METHOD *socket; /* as OpenSSL's own, but a lost peer raises no SIGPIPE */
	char name[URL_HOST_BYTES];
	bool is_address;
};

static void auto_bio(BIO **b)
{
	BIO_free(*b);
}

static void auto_tls(struct tls **t)
{
	tls_free(*t);
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->socket);
	free(t);
}

static int fd_of(BIO *b)
{
	return (int)(intptr_t)BIO_get_data(b);
}

static int socket_write(BIO *b, const char *at, int len)
{
	ssize_t n = send(fd_of(b), at, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(b);
	return (int)n;
}

static int socket_read(BIO *b, char *at, int len)
{
	ssize_t n = recv(fd_of(b), at, (size_t)len, 0);

	BIO_clear_retry_flags(b);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(b);
	if (n == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long socket_ctrl(BIO *b, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_FLUSH)
		return 1;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return 0;
}

static BIO_METHOD *socket_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sealinit socket");

	if (m && (!BIO_meth_set_write(m, socket_write) || !BIO_meth_set_read(m, socket_read) ||
		  !BIO_meth_set_ctrl(m, socket_ctrl))) {
		BIO_meth_free(m);
		return NULL;
	}
	return m;
}

/* The next certificate: 1, none is left: 0. */
static int next_root(BIO *pem, X509_STORE *store, struct err *e)
{
	X509 *root = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	bool at_end = !root && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	int added;

	ERR_clear_error();
	if (at_end)
		return 0;
	if (!root)
		return FAIL(e, FAIL_INPUT, "the broker's roots hold a certificate that is broken");
	added = X509_STORE_add_cert(store, root);
	X509_free(root);
	if (added != 1)
		return FAIL(e, FAIL_SYS, "tls: can't add a root");
	return 1;
}

static int load_roots(struct tls *t, struct span roots, struct err *e)
{
	__attribute__((cleanup(auto_bio))) BIO *pem = NULL;
	int result, count = 0;

	if (roots.len > LIMIT_ROOTS_BYTES)
		return FAIL(e, FAIL_LIMIT, "the broker's roots take more than %d bytes",
			    LIMIT_ROOTS_BYTES);
	pem = BIO_new_mem_buf(roots.len ? (const void *)roots.at : "", (int)roots.len);
	if (!pem)
		return FAIL(e, FAIL_SYS, "tls: no memory");
	while ((result = next_root(pem, SSL_CTX_get_cert_store(t->ctx), e)) > 0)
		count++;
	if (!result && !count)
		return FAIL(e, FAIL_INPUT, "the broker's roots hold no certificate");
	return result;
}

/* A new context trusts nobody: the default paths are loaded only on request. */
static int set_up(struct tls *t, struct err *e)
{
	X509_VERIFY_PARAM *p;

	t->socket = socket_method();
	t->ctx = SSL_CTX_new(TLS_client_method());
	if (!t->socket || !t->ctx || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(t->ctx, CIPHERS_TLS12) != 1)
		return FAIL(e, FAIL_SYS, "tls: OpenSSL makes no context");
	(void)SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
						  SSL_OP_NO_RENEGOTIATION);
	(void)SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
					       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					       SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);

	p = SSL_CTX_get0_param(t->ctx);
	if (X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
	    (t->is_address ? X509_VERIFY_PARAM_set1_ip_asc(p, t->name)
			   : X509_VERIFY_PARAM_set1_host(p, t->name, 0)) != 1)
		return FAIL(e, FAIL_INPUT, "tls: can't look for the name \"%.80s\"", t->name);
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
						   X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return 0;
}

int tls_new(struct span roots_pem, const char *name, struct tls **ret, struct err *e)
{
	__attribute__((cleanup(auto_tls))) struct tls *t = calloc(1, sizeof(*t));
	size_t len = strlen(name);
	struct in6_addr address;
	int failed;

	if (!t)
		return FAIL_ERRNO(e, "tls: no memory");
	if (!len || len >= sizeof(t->name))
		return FAIL(e, FAIL_INPUT, "tls: a server name has 1 to %zu characters",
			    sizeof(t->name) - 1);
	memcpy(t->name, name, len);
	t->is_address =
		inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
	failed = set_up(t, e);
	if (!failed)
		failed = load_roots(t, roots_pem, e);
	if (failed)
		return failed;
	*ret = t;
	t = NULL;
	return 0;
}

static int certificate_error(const struct tls *t, long why, struct err *e)
{
	switch (why) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return FAIL(e, FAIL_FORGED,
			    "the broker's certificate is not signed by the configured roots");
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return FAIL(e, FAIL_FORGED, "the broker's certificate does not name %.80s",
			    t->name);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return FAIL(e, FAIL_FORGED, "the broker's certificate has expired");
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return FAIL(e, FAIL_FORGED,
			    "the broker's certificate is not valid yet (by this guest's clock)");
	}
	return FAIL(e, FAIL_FORGED, "the broker's certificate is refused: %s",
		    X509_verify_cert_error_string(why));
}

static int handshake_error(const struct tls *t, struct stream *s, struct err *e)
{
	long verify = SSL_get_verify_result(s->ssl);
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	if (verify != X509_V_OK)
		return certificate_error(t, verify, e);
	if (!code)
		return FAIL(e, FAIL_AGAIN, "the connection ended in the TLS handshake");
	return FAIL(e, FAIL_AGAIN, "TLS handshake: %s", reason ? reason : "no reason given");
}

static int shake_hands(const struct tls *t, struct stream *s, uint64_t deadline_ms, struct err *e)
{
	for (;;) {
		int result = SSL_connect(s->ssl), failed = 0;

		if (result == 1)
			return 0;
		switch (SSL_get_error(s->ssl, result)) {
		case SSL_ERROR_WANT_READ:
			failed = stream_wait(s->fd, POLLIN, deadline_ms, e);
			break;
		case SSL_ERROR_WANT_WRITE:
			failed = stream_wait(s->fd, POLLOUT, deadline_ms, e);
			break;
		default:
			return handshake_error(t, s, e);
		}
		if (failed) {
			(void)err_add(e, "TLS handshake");
			return failed;
		}
	}
}

/* A connection over our socket, with the time that certificates are judged by. */
static SSL *connection(const struct tls *t, int fd)
{
	SSL *ssl = SSL_new(t->ctx);
	BIO *bio = BIO_new(t->socket);

	if (!ssl || !bio || (!t->is_address && SSL_set_tlsext_host_name(ssl, t->name) != 1)) {
		BIO_free(bio);
		SSL_free(ssl);
		return NULL;
	}
	BIO_set_data(bio, (void *)(intptr_t)fd);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)clock_wall());
	return ssl;
}

int tls_start(struct tls *t, struct stream *s, uint64_t deadline_ms, struct err *e)
{
	int failed;

	/* Errors that earlier calls left behind would be taken for this handshake's. */
	ERR_clear_error();
	s->ssl = connection(t, s->fd);
	failed = s->ssl ? shake_hands(t, s, deadline_ms, e) : FAIL(e, FAIL_SYS, "tls: no memory");
	if (failed)
		stream_done(s);
	return failed;
}
