/* sealinit-api: the tenants' socket. Everything is opened here, then the filter shuts. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "api/app.h"
#include "api/sandbox.h"
#include "api/seal/record.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"

/* Whatever libcrypto opens or maps at its first use happens now, and a cipher that does not work
 * is noticed before a tenant does. */
static int warm_up(struct err *e)
{
	AUTO_KEYRING struct keyring keys = KEYRING_EMPTY;
	AUTO_BUF struct buf blob = BUF_EMPTY;
	AUTO_BUF struct buf plain = BUF_EMPTY;
	struct msg_seal_keys test = { .count = 1, .keys = { { .scope = SCOPE_LIFE, .epoch = 1 } } };

	if (keyring_load(&keys, &test, e) < 0 ||
	    record_seal(&keys, SCOPE_LIFE, SPAN_EMPTY, span_text("sealinit"), &blob, e) < 0 ||
	    record_open(&keys, SPAN_EMPTY, buf_view(&blob), &plain, e) < 0)
		return err_add(e, "self-test");
	if (!span_is_equal(buf_view(&plain), span_text("sealinit")))
		return FAIL(e, FAIL_BUG, "self-test: another plaintext");
	return 0;
}

static int shut(struct err *e)
{
#ifdef __SANITIZE_ADDRESS__
	(void)e;
	log_warning("built with a sanitizer, which needs more than the filter allows: no filter");
	return 0;
#else
	return sandbox_enter(e);
#endif
}

static int run(int argc, char *const argv[], struct err *e)
{
	struct server_limits limits = SERVER_LIMITS;
	struct options options;
	struct app *app = NULL;
	int failed = secret_harden_process(e);

	json_init();
	app_init_memory();
	if (!failed)
		failed = options_parse(argc, argv, &options, e);
	if (!failed && OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		failed = FAIL(e, FAIL_SYS, "libcrypto does not start");
	if (!failed)
		failed = warm_up(e);
	if (!failed)
		failed = app_new(&options, &limits, &app, e);
	if (!failed)
		failed = shut(e);
	if (!failed)
		failed = app_run(app, e);
	app_free(app);
	return failed;
}

int main(int argc, char *argv[])
{
	struct err e = { 0 };

	log_open("sealinit-api", 1);
	if (run(argc, argv, &e) == 0)
		return EXIT_SUCCESS;
	log_err(LOG_LEVEL_ERROR, "ends", &e);
	return EXIT_FAILURE;
}
