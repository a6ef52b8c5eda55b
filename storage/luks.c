#include "storage/luks.h"

#include <libcryptsetup.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define SECTOR	       512u
#define METADATA_BYTES 16384
#define KEYSLOTS_BYTES 4096
#define MIB	       (1024u * 1024)
#define DIGEST_ROUNDS  1000 /* the key is random: there is nothing to make slow */

/* The library has one log for the process; its last error explains the return code. */
static char last_error[112];

static void on_log(int level, const char *text, void *usr)
{
	size_t len = strcspn(text, "\n");

	(void)usr;
	if (level == CRYPT_LOG_ERROR)
		(void)snprintf(last_error, sizeof(last_error), "%.*s",
			       (int)(len < sizeof(last_error) ? len : sizeof(last_error) - 1),
			       text);
	log_debug("libcryptsetup: %.*s", (int)(len < 200 ? len : 200), text);
}

void luks_init(void)
{
	crypt_set_log_callback(NULL, on_log, NULL);
	/* Without locks it doesn't repair headers either. */
	(void)crypt_metadata_locking(NULL, 0);
	crypt_token_external_disable();
}

static void crypt_done(struct crypt_device **cd)
{
	crypt_free(*cd);
}

#define AUTO_CRYPT __attribute__((cleanup(crypt_done)))

static int crypt_fail(int code, const char *what, struct err *e)
{
	enum err_kind kind = code == -EPERM ? FAIL_FORGED : FAIL_SYS;

	return err_set(e, kind, -code, what, "%s: %s%s%s", what, strerror(-code),
		       *last_error ? ": " : "", last_error);
}

static int crypt_open(const char *path, struct crypt_device **ret, struct err *e)
{
	int code;

	*last_error = 0;
	code = crypt_init(ret, path);
	return code < 0 ? crypt_fail(code, "crypt_init", e) : 0;
}

/* dm-integrity keeps all of its journal in memory as well, for as long as the volume is open, and
 * would take up to 64 MiB. Without journalling nothing is ever written to it. */
static uint64_t journal_bytes(uint64_t size, enum seal_profile profile)
{
	uint64_t most = profile == PROFILE_DIRECT ? MIB : 16 * MIB;

	return size / 128 < most ? 0 : most; /* 0: the kernel's own, 1/128 */
}

int luks_format(const char *path, uint64_t size, struct span key, enum seal_profile profile,
		struct err *e)
{
	const struct crypt_params_integrity journal = {
		.journal_size = journal_bytes(size, profile),
	};
	static const struct crypt_pbkdf_type rounds = {
		.type = CRYPT_KDF_PBKDF2,
		.hash = "sha256",
		.iterations = DIGEST_ROUNDS,
		.flags = CRYPT_PBKDF_NO_BENCHMARK,
	};
	struct crypt_params_luks2 params = {
		.pbkdf = &rounds,
		.integrity = "hmac(sha256)",
		.integrity_params = &journal,
		.sector_size = HEAD_BLOCK,
	};
	AUTO_CRYPT struct crypt_device *cd = NULL;
	int code;

	if (crypt_open(path, &cd, e) < 0)
		return -(int)FAIL_SYS;
	/* Both sizes said aloud: left to itself, the library stretches the key slots over the
	 * reserve, which is ours. */
	code = crypt_set_metadata_size(cd, METADATA_BYTES, KEYSLOTS_BYTES);
	if (code >= 0)
		code = crypt_set_data_offset(cd, HEAD_DATA_OFFSET / SECTOR);
	if (code >= 0)
		code = crypt_format(cd, CRYPT_LUKS2, "aes", "xts-plain64", NULL,
				    (const char *)key.at, key.len, &params);
	return code < 0 ? crypt_fail(code, "crypt_format", e) : 0;
}

int luks_activate(const char *path, const char *name, struct span key, enum seal_profile profile,
		  char ret_uuid[LUKS_UUID_BYTES], struct err *e)
{
	/* A header must not choose flags, "no-journal" least of all. */
	uint32_t flags = CRYPT_ACTIVATE_IGNORE_PERSISTENT |
			 (profile == PROFILE_DIRECT ? CRYPT_ACTIVATE_NO_JOURNAL : 0);
	AUTO_CRYPT struct crypt_device *cd = NULL;
	const char *uuid;
	int code;

	if (crypt_open(path, &cd, e) < 0)
		return -(int)FAIL_SYS;
	code = crypt_load(cd, CRYPT_LUKS2, NULL);
	if (code < 0)
		return crypt_fail(code, "crypt_load", e);
	uuid = crypt_get_uuid(cd);
	if (!uuid || strlen(uuid) >= LUKS_UUID_BYTES)
		return FAIL(e, FAIL_SYS, "crypt_load: a header without UUID");
	code = crypt_activate_by_volume_key(cd, name, (const char *)key.at, key.len, flags);
	if (code < 0)
		return crypt_fail(code, "crypt_activate", e);
	(void)snprintf(ret_uuid, LUKS_UUID_BYTES, "%s", uuid);
	return 0;
}
