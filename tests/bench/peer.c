#include "tests/bench/peer.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench: %s failed\n", what);
	exit(1);
}

void peer_add(struct peer *p, EVP_PKEY *key, const EVP_MD *md, struct span message,
	      const uint8_t *r, const uint8_t *s, size_t len)
{
	struct peer_check *c = &p->checks[p->check_count++];
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *at = c->der;
	int size;

	must(sig && ECDSA_SIG_set0(sig, BN_bin2bn(r, (int)len, NULL), BN_bin2bn(s, (int)len, NULL)),
	     "signature");
	size = i2d_ECDSA_SIG(sig, &at);
	must(size > 0 && (size_t)size <= sizeof(c->der), "signature");
	c->key = key;
	c->md = md;
	c->message = message;
	c->der_len = (size_t)size;
	ECDSA_SIG_free(sig);
}

static X509 *parse(const struct buf *der)
{
	const uint8_t *at = der->at;
	X509 *cert = d2i_X509(NULL, &at, (long)der->len);

	must(cert != NULL, "d2i_X509");
	return cert;
}

static void verify_chain(X509 *leaf, STACK_OF(X509) * between, X509 *root)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	must(store && ctx && X509_STORE_add_cert(store, root) == 1, "store");
	must(X509_STORE_CTX_init(ctx, store, leaf, between) == 1, "store");
	must(X509_verify_cert(ctx) == 1, "X509_verify_cert");
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
}

static void verify_signature(const struct peer_check *c, EVP_PKEY *leaf)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = c->key ? c->key : leaf;

	must(ctx && EVP_DigestVerifyInit(ctx, NULL, c->md, NULL, key) == 1 &&
		     EVP_DigestVerify(ctx, c->der, c->der_len, c->message.at, c->message.len) == 1,
	     "EVP_DigestVerify");
	EVP_MD_CTX_free(ctx);
}

void peer_verify_here(const struct peer *p, const struct buf *leaf, const struct buf *between,
		      const struct buf *root)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	X509 *top = parse(root), *end = parse(leaf);

	for (size_t i = 0; i < p->between_count; i++)
		must(sk_X509_push(stack, parse(&between[i])) > 0, "stack");
	verify_chain(end, stack, top);
	for (size_t i = 0; i < p->check_count; i++)
		verify_signature(&p->checks[i], X509_get0_pubkey(end));
	sk_X509_pop_free(stack, X509_free);
	X509_free(end);
	X509_free(top);
}

/* --- The command ------------------------------------------------------------------------------ */

static FILE *create(const char *dir, const char *name)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	must(f != NULL, path);
	return f;
}

static void write_bytes(const char *dir, const char *name, const void *at, size_t len)
{
	FILE *f = create(dir, name);

	must(fwrite(at, 1, len, f) == len && !fclose(f), name);
}

static void write_certs(const char *dir, const char *name, X509 *const certs[], size_t count)
{
	FILE *f = create(dir, name);

	for (size_t i = 0; i < count; i++)
		must(PEM_write_X509(f, certs[i]) == 1, name);
	must(!fclose(f), name);
}

static void write_key(const char *dir, const char *name, EVP_PKEY *key)
{
	FILE *f = create(dir, name);

	must(PEM_write_PUBKEY(f, key) == 1 && !fclose(f), name);
}

void peer_write(const struct peer *p, const char *dir)
{
	char name[32];

	write_certs(dir, "leaf.pem", &p->leaf, 1);
	write_certs(dir, "between.pem", p->between, p->between_count);
	write_certs(dir, "root.pem", &p->root, 1);
	for (size_t i = 0; i < p->check_count; i++) {
		const struct peer_check *c = &p->checks[i];

		(void)snprintf(name, sizeof(name), "key%zu.pem", i);
		write_key(dir, name, c->key ? c->key : X509_get0_pubkey(p->leaf));
		(void)snprintf(name, sizeof(name), "message%zu", i);
		write_bytes(dir, name, c->message.at, c->message.len);
		(void)snprintf(name, sizeof(name), "signature%zu", i);
		write_bytes(dir, name, c->der, c->der_len);
	}
}

int run_quiet(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	must(!posix_spawn_file_actions_init(&actions) &&
		     !posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) &&
		     !posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0),
	     "spawn");
	must(!posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ),
	     argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	must(waitpid(pid, &status, 0) == pid && WIFEXITED(status), argv[0]);
	return WEXITSTATUS(status);
}

void peer_verify_command(const struct peer *p, const char *dir)
{
	char leaf[256], between[256], root[256], key[256], message[256], signature[256];

	(void)snprintf(leaf, sizeof(leaf), "%s/leaf.pem", dir);
	(void)snprintf(between, sizeof(between), "%s/between.pem", dir);
	(void)snprintf(root, sizeof(root), "%s/root.pem", dir);
	must(!run_quiet((const char *const[]){ "openssl", "verify", "-CAfile", root, "-untrusted",
					       between, leaf, NULL }),
	     "openssl verify");
	for (size_t i = 0; i < p->check_count; i++) {
		(void)snprintf(key, sizeof(key), "%s/key%zu.pem", dir, i);
		(void)snprintf(message, sizeof(message), "%s/message%zu", dir, i);
		(void)snprintf(signature, sizeof(signature), "%s/signature%zu", dir, i);
		must(!run_quiet((const char *const[]){
			     "openssl", "dgst",
			     EVP_MD_is_a(p->checks[i].md, "SHA2-256") ? "-sha256" : "-sha384",
			     "-verify", key, "-signature", signature, message, NULL }),
		     "openssl dgst -verify");
	}
}
