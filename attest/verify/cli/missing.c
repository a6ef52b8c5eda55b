#include "attest/verify/cli/missing.h"

#include <string.h>

#include "attest/verify/cli/page.h"
#include "base/json.h"
#include "base/limits.h"

#define COMMAND_BYTES 4096

/* For a POSIX shell: in single quotes, since a URL has '&' and '?'. */
static int quote(struct buf *b, const char *text, struct err *e)
{
	int failed = buf_append(b, span_text("'"), COMMAND_BYTES, e);

	for (; *text && !failed; text++)
		failed = *text == '\'' ? buf_append(b, span_text("'\\''"), COMMAND_BYTES, e)
				       : buf_append(b, span(text, 1), COMMAND_BYTES, e);
	return failed ? failed : buf_append(b, span_text("'"), COMMAND_BYTES, e);
}

static int quote_target(struct buf *b, const char *dir, const char *file, struct err *e)
{
	AUTO_BUF struct buf path = BUF_EMPTY;
	int failed = 0;

	if (dir)
		failed = buf_printf(&path, COMMAND_BYTES, e, "%s/", dir);
	if (!failed)
		failed = buf_append(&path, span_text(file), COMMAND_BYTES, e);
	return failed ? failed : quote(b, (const char *)path.at, e);
}

/* What stands between the URL and the file, where a publisher does not serve the file itself. */
static const struct recipe {
	const char *begin, *end; /* of the file's name */
	const char *fetch, *filter;
} recipes[] = {
	/* NVIDIA's service wraps the signed XML into JSON. */
	{ "nvidia-rim-", ".xml", "curl -fsS", " | jq -r .rim | base64 -d >" },
	/* Intel sends the chain of the signer in a header of the answer. */
	{ "intel-tcb-signing", ".pem", "curl -fsS -o /dev/null -D -",
	  " | tr -d '\\r' | sed -n 's/^\\(SGX-\\)\\{0,1\\}TCB-Info-Issuer-Chain: //Ip' >" },
	/* An answer to a question about one certificate, which the user has in the device's chain.
	 */
	{ "nvidia-ocsp-", ".der", "openssl ocsp -no_nonce -issuer ISSUER.pem -cert CERT.pem -url",
	  " -respout " },
	{ "", "", "curl -fsS", " -o " },
};

static bool fits(const struct recipe *r, const char *file)
{
	size_t len = strlen(file), begin = strlen(r->begin), end = strlen(r->end);

	return len >= begin + end && !strncmp(file, r->begin, begin) &&
	       !strcmp(file + len - end, r->end);
}

/* Some URLs stand in certificates: one that begins with '-' would be read as an option. */
static bool is_web(const char *url)
{
	return !strncmp(url, "https://", 8) || !strncmp(url, "http://", 7);
}

int missing_command(const struct verify_missing *m, const char *dir, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf line = BUF_EMPTY;
	const struct recipe *r = recipes;
	int failed;

	if (!is_web(m->url))
		return 0;
	while (!fits(r, m->file))
		r++;
	failed = buf_printf(&line, COMMAND_BYTES, e, "%s ", r->fetch);
	if (!failed)
		failed = quote(&line, m->url, e);
	if (!failed)
		failed = buf_append(&line, span_text(r->filter), COMMAND_BYTES, e);
	if (!failed)
		failed = quote_target(&line, dir, m->file, e);
	return failed ? failed : buf_append(ret, buf_view(&line), LIMIT_VERIFY_JSON_BYTES, e);
}

static int put_one(struct page *p, const struct verify_missing *m, const char *dir)
{
	AUTO_BUF struct buf command = BUF_EMPTY;
	int failed = missing_command(m, dir, &command, p->e);

	if (failed)
		return failed;
	page_put(p, "%s", m->file);
	page_end_line(p);
	page_column(p, 2);
	page_put(p, "what  %s%s%s%s", m->what, *m->part ? " (" : "", m->part, *m->part ? ")" : "");
	page_end_line(p);
	page_column(p, 2);
	page_put(p, "url   %s", *m->url ? m->url : "not published: the host or the cloud has it");
	page_end_line(p);
	if (command.len) {
		page_column(p, 2);
		page_text(p, "get   ");
		page_text(p, (const char *)command.at);
		page_end_line(p);
	}
	return p->failed;
}

int missing_text(const struct verify_verdict *v, const char *dir, struct buf *ret, struct err *e)
{
	struct page p = { .out = ret, .e = e };
	size_t count = verify_missing_count(v);
	int failed = 0;

	if (!count) {
		page_text(&p, "Nothing is missing.");
		page_end_line(&p);
	}
	for (size_t i = 0; i < count && !failed; i++) {
		struct verify_missing m = verify_missing(v, i);

		failed = put_one(&p, &m, dir);
	}
	return failed ? failed : p.failed;
}

static int one_json(const struct verify_missing *m, const char *dir, cJSON *list, struct err *e)
{
	AUTO_BUF struct buf command = BUF_EMPTY;
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "file", m->file, e);

	if (!failed)
		failed = json_add_text(o, "url", m->url, e);
	if (!failed)
		failed = json_add_text(o, "what", m->what, e);
	if (!failed)
		failed = json_add_text(o, "part", m->part, e);
	if (!failed)
		failed = missing_command(m, dir, &command, e);
	if (!failed)
		failed =
			json_add_text(o, "command", command.len ? (const char *)command.at : "", e);
	if (failed) {
		cJSON_Delete(o);
		return failed;
	}
	return json_add(list, NULL, o, e);
}

int missing_json(const struct verify_verdict *v, const char *dir, struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *root = cJSON_CreateObject();
	cJSON *list = cJSON_CreateArray();
	int failed = json_add_u64(root, "version", 1, e);

	/* The list is the root's from here on, or gone. */
	if (failed)
		cJSON_Delete(list);
	else
		failed = json_add(root, "missing", list, e);
	for (size_t i = 0; i < verify_missing_count(v) && !failed; i++) {
		struct verify_missing m = verify_missing(v, i);

		failed = one_json(&m, dir, list, e);
	}
	return failed ? failed : json_print(root, LIMIT_VERIFY_JSON_BYTES, ret, e);
}
