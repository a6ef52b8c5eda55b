#include "tests/forge/forge.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fd.h"
#include "tests/support/evidence/pki.h"

#define FILE_MODE 0644

_Noreturn void forge_fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "forge: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

bool forge_breaks(const struct forge *f, const char *what)
{
	return !strcmp(f->breakage, what);
}

static void write_file(int dir, const char *name, struct span bytes)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	struct err e = { 0 };

	if (fd < 0)
		forge_fail(name, strerror(errno));
	if (fd_write_all(fd, bytes, &e) < 0)
		forge_fail(name, e.text);
}

void forge_file(const struct forge *f, const char *name, struct span bytes)
{
	write_file(f->dir, name, bytes);
}

void forge_cache(const struct forge *f, const char *name, struct span bytes)
{
	write_file(f->cache, name, bytes);
}

void forge_line(const struct forge *f, const char *name, const char *text)
{
	AUTO_BUF struct buf line = BUF_EMPTY;
	struct err e = { 0 };

	if (buf_printf(&line, SIZE_MAX / 2, &e, "%s\n", text) < 0)
		forge_fail(name, e.text);
	forge_file(f, name, buf_view(&line));
}

void forge_policy(const struct forge *f, const char *format, ...)
{
	char text[8192];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		forge_fail("policy.json", "too long");
	forge_line(f, "policy.json", text);
}

void forge_nonce(const struct forge *f, uint8_t ret[static FORGE_NONCE_BYTES])
{
	for (uint8_t i = 0; i < FORGE_NONCE_BYTES; i++)
		ret[i] = (uint8_t)(0xa0 + i);
	forge_line(f, "nonce", forge_hex(ret, FORGE_NONCE_BYTES).text);
	if (forge_breaks(f, "nonce"))
		ret[FORGE_NONCE_BYTES - 1] ^= 1;
}

void forge_roots(const struct forge *f, X509 *const roots[], size_t count)
{
	AUTO_BUF struct buf pem = pki_pem(roots, count);

	forge_file(f, "root.pem", buf_view(&pem));
}

struct forge_hex forge_hex(const void *at, size_t len)
{
	struct forge_hex h;

	if (2 * len + 1 > sizeof(h.text))
		forge_fail("hex", "too long");
	digest_hex(span(at, len), h.text);
	return h;
}
