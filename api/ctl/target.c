#include "api/ctl/target.h"

#include <stdbool.h>
#include <string.h>

#include "api/ctl/limits.h"

#define SECRET_PATH_BYTES 253 /* PROTOCOL.md, "GET /v1/secrets" */
#define KBS_URI		  "kbs:///"

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_unreserved(char c)
{
	return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static int add_encoded(struct buf *target, const char *value, struct err *e)
{
	int rc = 0;

	for (; *value != '\0' && rc == 0; value++)
		rc = is_unreserved(*value)
			     ? buf_append(target, span(value, 1), CTL_TARGET_BYTES, e)
			     : buf_printf(target, CTL_TARGET_BYTES, e, "%%%02X", (uint8_t)*value);
	return rc;
}

int target_add(struct buf *target, const char *name, const char *value, struct err *e)
{
	const char *mark = memchr(target->at, '?', target->len) ? "&" : "?";
	int rc = buf_printf(target, CTL_TARGET_BYTES, e, "%s%s=", mark, name);

	if (rc == 0)
		rc = add_encoded(target, value, e);
	return rc < 0 ? err_add(e, "--%s", name) : 0;
}

static bool is_secret_path(const char *path)
{
	unsigned slashes = 0;
	bool at_start = true;

	for (const char *c = path; *c != '\0'; c++) {
		if (*c == '/') {
			if (at_start)
				return false;
			slashes++;
			at_start = true;
			continue;
		}
		if (!is_alnum(*c) && *c != '_' && *c != '-' && (*c != '.' || at_start))
			return false;
		at_start = false;
	}
	return slashes == 2 && !at_start && strlen(path) <= SECRET_PATH_BYTES;
}

int target_of_secret(const char *path, struct buf *ret, struct err *e)
{
	if (strncmp(path, KBS_URI, strlen(KBS_URI)) == 0)
		path += strlen(KBS_URI);
	if (!is_secret_path(path))
		return FAIL(e, FAIL_INPUT, "'%s' is no REPOSITORY/TYPE/TAG", path);
	return buf_printf(ret, CTL_TARGET_BYTES, e, "/v1/secrets/%s", path);
}
