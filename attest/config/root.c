#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"
#include "base/mem.h"

#define KBS "kbs:"

/* Roots that are one word. */
static const struct {
	const char *word;
	enum config_root root;
} words[] = {
	{ "snp:derived", ROOT_SNP },
	{ "random", ROOT_RANDOM },
};

static int read_broker_root(const cJSON *node, struct config *c, struct err *e)
{
	if (!c->broker.is_given)
		return FAIL(e, FAIL_INPUT,
			    "root_secret: kbs: needs a broker: \"broker\" is missing");
	c->root = ROOT_BROKER;
	return field_resource(node, "root_secret", c->broker.root_secret,
			      sizeof(c->broker.root_secret), e);
}

/* A broker without a root is refused: whoever wants its secrets alone says "random", and has then
 * read what that means. */
int config_read_root(const cJSON *node, struct config *c, struct err *e)
{
	char text[LIMIT_PATH_BYTES];
	int failed;

	if (!node && c->broker.is_given)
		return FAIL(e, FAIL_INPUT,
			    "a broker, and no keys of it: \"root_secret\" is missing");
	if (!node)
		return 0;
	failed = field_text(node, "root_secret", text, sizeof(text), e);
	if (failed)
		return failed;
	if (!strncmp(text, KBS, sizeof(KBS) - 1))
		return read_broker_root(node, c, e);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (!strcmp(text, words[i].word)) {
			c->root = words[i].root;
			return 0;
		}
	return FAIL(e, FAIL_INPUT,
		    "root_secret: \"%.48s\" must be kbs:///repository/type/tag, snp:derived or "
		    "random",
		    text);
}
