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
	{ "efi:secret", ROOT_EFI },
	{ "tpm:sealed", ROOT_TPM },
	{ "random", ROOT_RANDOM },
};

static int refuse_sev(struct err *e)
{
	return FAIL(e, FAIL_INPUT,
		    "tee \"sev\": nothing to attest with: no \"broker\" gives it keys, "
		    "\"root_secret\" must be efi:secret");
}

/* They go together: the launch secret is all that such a guest has of its owner's judgement, and no
 * other TEE's firmware takes one. */
static int check_sev(const struct config *c, struct err *e)
{
	bool is_sev = c->tee == TEE_SEV, is_root = c->root == ROOT_EFI;

	if (is_root && !is_sev)
		return FAIL(e, FAIL_INPUT,
			    "root_secret: efi:secret needs \"tee\": \"sev\", by name");
	return is_sev && (!is_root || c->broker.is_given) ? refuse_sev(e) : 0;
}

static int read_broker_root(const cJSON *node, struct config *c, struct err *e)
{
	if (c->tee == TEE_SEV)
		return refuse_sev(e);
	if (!c->broker.is_given)
		return FAIL(e, FAIL_INPUT,
			    "root_secret: kbs: needs a broker: \"broker\" is missing");
	c->root = ROOT_BROKER;
	return field_resource(node, "root_secret", c->broker.root_secret,
			      sizeof(c->broker.root_secret), e);
}

static int read_root(const cJSON *node, struct config *c, struct err *e)
{
	char text[LIMIT_PATH_BYTES];
	int failed = field_text(node, "root_secret", text, sizeof(text), e);

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
		    "root_secret: \"%.48s\" must be kbs:///repository/type/tag, snp:derived, "
		    "efi:secret, tpm:sealed or random",
		    text);
}

/* A broker without a root is refused: whoever wants its secrets alone says "random", and has then
 * read what that means. */
int config_read_root(const cJSON *node, struct config *c, struct err *e)
{
	int failed;

	if (!node && c->broker.is_given)
		return FAIL(e, FAIL_INPUT,
			    "a broker, and no keys of it: \"root_secret\" is missing");
	failed = node ? read_root(node, c, e) : 0;
	return failed ? failed : check_sev(c, e);
}
