#include "attest/verify/cli/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/verify/cli/exits.h"
#include "attest/verify/cli/values.h"
#include "attest/verify/x509/certs.h"
#include "base/fd.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!strcmp(path, "-"))
		return "stdin";
	return slash ? slash + 1 : path;
}

static int open_input(const char *path, struct err *e)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return FAIL_ERRNO(e, "%s: %s", is_stdin ? "standard input" : path, strerror(errno));
	return fd;
}

int file_load(const char *path, size_t limit, struct buf *ret, struct err *e)
{
	AUTO_FD int fd = open_input(path, e);
	struct stat st;
	int failed;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return FAIL(e, FAIL_INPUT, "%s: is a directory", path);
	failed = fd_read_all(fd, limit, ret, e);
	return failed ? err_add(e, "%s", path) : 0;
}

/* Of file_load(): memory is our trouble, all else is the file's. */
static int status_of_file(const struct err *e)
{
	return e->kind == FAIL_SYS && e->sys == ENOMEM ? EXITS_INTERNAL : EXITS_UNREADABLE;
}

/* Of decoding what an option gave: what is wrong with it is the user's to mend. */
static int status_of_value(const struct err *e)
{
	return e->kind == FAIL_INPUT || e->kind == FAIL_LIMIT ? EXITS_USAGE : EXITS_INTERNAL;
}

static int read_evidence(const struct options *o, struct files *f, struct err *e)
{
	for (size_t i = 0; i < o->file_count; i++) {
		if (file_load(o->files[i], LIMIT_VERIFY_FILE_BYTES, &f->bytes[i], e) < 0)
			return status_of_file(e);
		f->at[i].name = base_name(o->files[i]);
		f->at[i].bytes = buf_view(&f->bytes[i]);
		f->count++;
	}
	return 0;
}

static int read_values(const struct options *o, struct files *f, struct err *e)
{
	if (o->nonce &&
	    value_bytes("--nonce", o->nonce, LIMIT_BROKER_NONCE_BYTES, &f->nonce, e) < 0)
		return status_of_value(e);
	if (o->report_data &&
	    value_bytes("--report-data", o->report_data, LIMIT_NONCE_BYTES, &f->report_data, e) < 0)
		return status_of_value(e);
	if (value_time("--at", o->at, &f->at_time, e) < 0)
		return status_of_value(e);
	return 0;
}

static int read_policy(const char *path, struct files *f, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;

	if (file_load(path, LIMIT_VERIFY_POLICY_BYTES, &text, e) < 0)
		return status_of_file(e);
	if (verify_policy_parse(buf_view(&text), &f->policy, e) < 0) {
		(void)err_add(e, "%s", path);
		return status_of_value(e);
	}
	return 0;
}

/* A file without a certificate would silently be no root at all. */
static int check_roots(const char *path, const struct files *f, struct err *e)
{
	AUTO_CERTS struct certs roots = { .count = 0 };

	if (certs_add_pem(&roots, buf_view(&f->test_roots), e) < 0)
		return err_add(e, "%s", path);
	return roots.count ? 0 : FAIL(e, FAIL_INPUT, "%s: no certificate in it", path);
}

static int read_named(const struct options *o, struct files *f, struct err *e)
{
	if (o->tee_key && file_load(o->tee_key, LIMIT_VERIFY_CERT_BYTES, &f->tee_key, e) < 0)
		return status_of_file(e);
	if (o->test_root && file_load(o->test_root, LIMIT_ROOTS_BYTES, &f->test_roots, e) < 0)
		return status_of_file(e);
	if (o->test_root && check_roots(o->test_root, f, e) < 0)
		return status_of_value(e);
	return o->policy ? read_policy(o->policy, f, e) : 0;
}

static int open_cache(const char *path, struct files *f, struct err *e)
{
	if (!path)
		return 0;
	f->cache = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->cache < 0) {
		(void)FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
		return EXITS_UNREADABLE;
	}
	if (verify_store_new(&f->store, e) < 0)
		return EXITS_INTERNAL;
	verify_store_directory(f->store, f->cache);
	return 0;
}

int files_read(const struct options *o, struct files *ret, struct err *e)
{
	int status = read_values(o, ret, e);

	if (!status)
		status = read_named(o, ret, e);
	if (!status)
		status = open_cache(o->cache, ret, e);
	if (!status)
		status = read_evidence(o, ret, e);
	return status;
}

struct verify_request files_request(const struct options *o, const struct files *f)
{
	return (struct verify_request){
		.form = o->form,
		.files = f->at,
		.file_count = f->count,
		.nonce = buf_view(&f->nonce),
		.report_data = buf_view(&f->report_data),
		.tee_key = buf_view(&f->tee_key),
		.policy = f->policy,
		.store = f->store,
		.test_roots = buf_view(&f->test_roots),
		.at = f->at_time,
	};
}

void files_done(struct files *f)
{
	for (size_t i = 0; i < f->count; i++)
		buf_done(&f->bytes[i]);
	buf_done(&f->nonce);
	buf_done(&f->report_data);
	buf_done(&f->tee_key);
	buf_done(&f->test_roots);
	verify_policy_free(f->policy);
	verify_store_free(f->store);
	fd_done(&f->cache);
	*f = FILES_EMPTY;
}
