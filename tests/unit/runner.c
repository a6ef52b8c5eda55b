/* What belongs to Criterion and not to a test: each unit binary has this linked in. */
#include <stdlib.h>

/* Asked by the leak sanitizer when a process ends (sanitizer/lsan_interface.h). Leaks are a test's:
 * Criterion's parent process, which the workers' environment tells from them, now and then leaks a
 * timer of its own. */
int __lsan_is_turned_off(void);

int __attribute__((visibility("default"))) __lsan_is_turned_off(void)
{
	return getenv("BXFI_MAP") == NULL;
}

/* Criterion shows differences by libgit2, which in each worker would read all of the machine's
 * certificates, in more time than most tests take. Nobody connects to anything: there are none. */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

int __attribute__((visibility("default")))
mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	static const int file_io_error = -0x2900; /* mbedtls/x509.h */

	(void)chain;
	(void)path;
	return file_io_error;
}
