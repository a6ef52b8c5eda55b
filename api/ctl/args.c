#include "api/ctl/args.h"

#include <string.h>

#define TIMEOUT_DEFAULT_MS 60000

static const struct known {
	char name[16];
	enum option option;
	bool has_value;
} known[] = {
	{ "--socket", OPTION_SOCKET, true },	{ "--timeout", OPTION_TIMEOUT, true },
	{ "--wait", OPTION_WAIT, true },	{ "--json", OPTION_JSON, false },
	{ "--scope", OPTION_SCOPE, true },	{ "--context", OPTION_CONTEXT, true },
	{ "--nonce", OPTION_NONCE, true },	{ "--nonce-hex", OPTION_NONCE_HEX, true },
	{ "--force", OPTION_FORCE, false },	{ "--nonce-file", OPTION_NONCE_FILE, true },
	{ "--help", OPTION_HELP, false },	{ "-h", OPTION_HELP, false },
	{ "--version", OPTION_VERSION, false }, { "--parts", OPTION_PARTS, true },
};

static const struct known *find_option(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].name) == len && memcmp(known[i].name, text, len) == 0)
			return &known[i];
	return NULL;
}

/* Whole seconds, 1 to a day: "5m" or "1e3" would be read differently by everyone. */
static int parse_seconds(const char *name, const char *text, uint64_t *ret_ms, struct err *e)
{
	uint64_t seconds = 0;

	for (const char *c = text; *c != '\0' && seconds <= ARGS_SECONDS_MAX; c++) {
		if (*c < '0' || *c > '9')
			return FAIL(e, FAIL_INPUT, "%s wants whole seconds, not '%s'", name, text);
		seconds = seconds * 10 + (uint64_t)(*c - '0');
	}
	if (seconds == 0 || seconds > ARGS_SECONDS_MAX)
		return FAIL(e, FAIL_INPUT, "%s wants 1 to %d seconds", name, ARGS_SECONDS_MAX);
	*ret_ms = seconds * 1000;
	return 0;
}

static int set_option(struct args *a, const struct known *k, const char *value, struct err *e)
{
	if (a->given & (unsigned)k->option)
		return FAIL(e, FAIL_INPUT, "%s is given twice", k->name);
	a->given |= (unsigned)k->option;

	switch (k->option) {
	case OPTION_SOCKET:
		a->socket = value;
		return 0;
	case OPTION_TIMEOUT:
		return parse_seconds(k->name, value, &a->timeout_ms, e);
	case OPTION_WAIT:
		return parse_seconds(k->name, value, &a->wait_ms, e);
	case OPTION_PARTS:
		a->parts = value;
		return 0;
	case OPTION_SCOPE:
		a->scope = value;
		return 0;
	case OPTION_CONTEXT:
		a->context = value;
		return 0;
	case OPTION_NONCE:
	case OPTION_NONCE_HEX:
	case OPTION_NONCE_FILE:
		if (a->nonce)
			return FAIL(e, FAIL_INPUT, "%s: one nonce is enough", k->name);
		a->nonce = value;
		return 0;
	default:
		return 0;
	}
}

/* Takes the option at argv[*at], and its value, which may be the next word. */
static int take_option(int argc, char *const argv[], int *at, struct args *a, struct err *e)
{
	const char *text = argv[*at], *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct known *k = find_option(text, len);

	if (!k)
		return FAIL(e, FAIL_INPUT, "there is no option '%.*s'", (int)len, text);
	if (!k->has_value && equals)
		return FAIL(e, FAIL_INPUT, "%s takes no value", k->name);
	if (!k->has_value)
		return set_option(a, k, NULL, e);
	if (equals)
		return set_option(a, k, equals + 1, e);
	if (*at + 1 >= argc)
		return FAIL(e, FAIL_INPUT, "%s wants a value", k->name);
	return set_option(a, k, argv[++*at], e);
}

static int take_word(const char *word, const struct command *const commands[], struct args *a,
		     struct err *e)
{
	if (a->command) {
		if (a->n_words == ARGS_WORDS)
			return FAIL(e, FAIL_INPUT, "'%s' is one word too many", word);
		a->words[a->n_words++] = word;
		return 0;
	}
	for (; *commands; commands++)
		if (strcmp((*commands)->name, word) == 0) {
			a->command = *commands;
			return 0;
		}
	return FAIL(e, FAIL_INPUT, "there is no subcommand '%s'", word);
}

/* Everything is read: does it fit together? */
static int check(const struct args *a, struct err *e)
{
	const struct command *c = a->command;

	if (args_has(a, OPTION_HELP) || args_has(a, OPTION_VERSION))
		return 0;
	if (!c)
		return FAIL(e, FAIL_INPUT, "a subcommand is missing");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (args_has(a, known[i].option) && !(c->options & (unsigned)known[i].option))
			return FAIL(e, FAIL_INPUT, "%s doesn't take %s", c->name, known[i].name);
	if (a->n_words < c->words_min)
		return FAIL(e, FAIL_INPUT, "usage: sealctl %s %s", c->name, c->usage);
	if (a->n_words > c->words_max)
		return FAIL(e, FAIL_INPUT, "'%s' is one word too many", a->words[c->words_max]);
	return 0;
}

int args_parse(int argc, char *const argv[], const struct command *const commands[],
	       const char *environment_socket, struct args *ret, struct err *e)
{
	struct args a = { .timeout_ms = TIMEOUT_DEFAULT_MS };
	bool has_options = true;
	int rc;

	for (int i = 1; i < argc; i++) {
		if (has_options && strcmp(argv[i], "--") == 0) {
			has_options = false;
			continue;
		}
		if (has_options && argv[i][0] == '-' && argv[i][1] != '\0')
			rc = take_option(argc, argv, &i, &a, e);
		else
			rc = take_word(argv[i], commands, &a, e);
		if (rc < 0)
			return rc;
	}
	rc = check(&a, e);
	if (rc < 0)
		return rc;

	if (!a.socket && environment_socket && environment_socket[0] != '\0')
		a.socket = environment_socket;
	*ret = a;
	return 0;
}
