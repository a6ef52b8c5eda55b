#include "attest/verify/log/check.h"

#include <stdbool.h>
#include <string.h>

#include "attest/verify/log/tag.h"
#include "attest/verify/log/types.h"
#include "attest/verify/log/variable.h"
#include "base/mem.h"

/* One comparison after the other; the first failure of OpenSSL stays. */
struct hashing {
	enum digest_alg alg;
	struct span digest;
	int failed;
	struct err *e;
};

static bool is_over(struct hashing *h, struct span bytes)
{
	struct digest d;

	if (!h->failed)
		h->failed = digest_of(h->alg, bytes, &d, h->e);
	return !h->failed && span_is_equal(h->digest, span(d.at, d.len));
}

/* GRUB's commands and command lines stand behind a word and a space. Their digest takes in the NUL
 * (commands) or not (command lines); a byte of garbage may follow it in the log. */
static bool is_grub_text(struct span data, struct span *ret)
{
	static const char *const words[] = { "grub_cmd ", "grub_kernel_cmdline ",
					     "kernel_cmdline: ", "module_cmdline: " };
	const uint8_t *end = data.len ? memchr(data.at, 0, data.len) : NULL;

	for (size_t i = 0; end && i < COUNT_OF(words); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(end - data.at) >= len && !memcmp(data.at, words[i], len)) {
			*ret = span(data.at + len, (size_t)(end - data.at) - len);
			return true;
		}
	}
	return false;
}

static struct tcg_checked check_ipl(struct hashing *h, struct span data)
{
	struct span text;

	if (!is_grub_text(data, &text))
		return (struct tcg_checked){ TCG_CHECK_NO, TCG_COVERS_NONE };
	if (is_over(h, text) || is_over(h, span(text.at, text.len + 1)))
		return (struct tcg_checked){ TCG_CHECK_MATCHES, TCG_COVERS_TEXT };
	return (struct tcg_checked){ TCG_CHECK_DIFFERS, TCG_COVERS_NONE };
}

static struct tcg_checked check_boot_variable(struct hashing *h, struct span data)
{
	struct tcg_variable v;

	if (tcg_variable_parse(data, &v, NULL) == 0 && is_over(h, v.data))
		return (struct tcg_checked){ TCG_CHECK_MATCHES, TCG_COVERS_VARIABLE };
	return (struct tcg_checked){ TCG_CHECK_DIFFERS, TCG_COVERS_NONE };
}

/* Types whose digest is over all of the data, so that another one is a contradiction. */
static bool is_over_all(const struct tcg_event *event)
{
	struct tcg_tag tag;

	switch (event->type) {
	case EV_SEPARATOR:
	case EV_ACTION:
	case EV_S_CRTM_VERSION:
	case EV_EFI_ACTION:
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
	case EV_EFI_VARIABLE_BOOT2:
	case EV_EFI_VARIABLE_AUTHORITY:
		return true;
	case EV_EVENT_TAG:
		return tcg_tag_parse(event->data, &tag) && tag.tag == TCG_TAG_AAEL;
	default:
		return false;
	}
}

int tcg_check(const struct tcg_event *event, const struct tcg_header *header, uint16_t alg,
	      struct tcg_checked *ret, struct err *e)
{
	struct tcg_checked c = { TCG_CHECK_NO, TCG_COVERS_NONE };
	struct hashing h = { .e = e };

	if (event->type == EV_NO_ACTION || !tcg_alg_digest(alg, &h.alg) ||
	    !tcg_event_digest(event, header, alg, &h.digest)) {
		*ret = c;
		return 0;
	}
	if (is_over(&h, event->data))
		c = (struct tcg_checked){ TCG_CHECK_MATCHES, TCG_COVERS_ALL };
	else if (event->type == EV_EFI_VARIABLE_BOOT)
		c = check_boot_variable(&h, event->data);
	else if (event->type == EV_IPL)
		c = check_ipl(&h, event->data);
	else if (is_over_all(event))
		c.check = TCG_CHECK_DIFFERS;
	if (h.failed)
		return h.failed;
	*ret = c;
	return 0;
}

const char *tcg_check_name(enum tcg_check check)
{
	static const char *const names[] = { "no", "matches", "differs" };

	return names[check];
}

const char *tcg_covers_name(enum tcg_covers covers)
{
	static const char *const names[] = { "nothing", "data", "variable-data", "text" };

	return names[covers];
}
