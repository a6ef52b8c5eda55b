#include "tests/broker/options.h"

#include <getopt.h>

#include "tests/broker/bounds.h"

const char broker_usage[] =
	"usage: sealinit-broker --resources DIR --policy FILE (--tls DIR | --plain) [OPTION...]\n"
	"A development key broker that behaves on the wire like Trustee's KBS. Not for "
	"production.\n"
	"\n"
	"  --listen ADDRESS:PORT      where (127.0.0.1:8080); port 0 is any\n"
	"  --resources DIR            files repository/type/tag beneath it are what it releases\n"
	"  --policy FILE              who gets what; read again on every request\n"
	"  --tls DIR                  serve https; makes root.pem, server.pem, server.key if "
	"absent\n"
	"  --plain                    serve http\n"
	"  --reference FILE           reference values and rules for hardware TEEs, as "
	"sealverify's\n"
	"                             --policy; read again for every attestation\n"
	"  --cache DIR                collateral, as sealverify's --cache\n"
	"  --test-root FILE           PEM roots that only tests trust\n"
	"  --session-seconds N        life of a session and of a token (300)\n"
	"  --hash NAME                ask guests for sha256, sha384 or sha512 report data\n"
	"  --unavailable-seconds N    answer 503, as a proxy does, for the first N seconds\n"
	"  --help                     this\n";

enum option_id {
	LISTEN = 1,
	RESOURCES,
	POLICY,
	TLS,
	PLAIN,
	REFERENCE,
	CACHE,
	TEST_ROOT,
	SESSION,
	HASH,
	UNAVAILABLE,
	HELP
};

static const struct option longs[] = {
	{ "listen", required_argument, NULL, LISTEN },
	{ "resources", required_argument, NULL, RESOURCES },
	{ "policy", required_argument, NULL, POLICY },
	{ "tls", required_argument, NULL, TLS },
	{ "plain", no_argument, NULL, PLAIN },
	{ "reference", required_argument, NULL, REFERENCE },
	{ "cache", required_argument, NULL, CACHE },
	{ "test-root", required_argument, NULL, TEST_ROOT },
	{ "session-seconds", required_argument, NULL, SESSION },
	{ "hash", required_argument, NULL, HASH },
	{ "unavailable-seconds", required_argument, NULL, UNAVAILABLE },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static int read_seconds(const char *name, const char *text, uint64_t *ret, struct err *e)
{
	uint64_t value = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9' && value <= BROKER_SESSION_SECONDS_MAX; c++)
		value = value * 10 + (uint64_t)(*c - '0');
	if (*c || !*text || !value || value > BROKER_SESSION_SECONDS_MAX)
		return FAIL(e, FAIL_INPUT, "--%s: \"%.20s\" is not 1 to %d seconds", name, text,
			    BROKER_SESSION_SECONDS_MAX);
	*ret = value;
	return 0;
}

static int read_option(int id, struct broker_options *o, bool *plain, struct err *e)
{
	switch (id) {
	case LISTEN:
		o->listen = optarg;
		return 0;
	case RESOURCES:
		o->resources = optarg;
		return 0;
	case POLICY:
		o->policy = optarg;
		return 0;
	case TLS:
		o->tls = optarg;
		return 0;
	case PLAIN:
		*plain = true;
		return 0;
	case REFERENCE:
		o->judge.reference = optarg;
		return 0;
	case CACHE:
		o->judge.cache = optarg;
		return 0;
	case TEST_ROOT:
		o->judge.test_roots = optarg;
		return 0;
	case SESSION:
		return read_seconds("session-seconds", optarg, &o->session_seconds, e);
	case UNAVAILABLE:
		return read_seconds("unavailable-seconds", optarg, &o->unavailable_seconds, e);
	case HASH:
		return digest_alg_parse(span_text(optarg), &o->hash, e);
	case HELP:
		o->help = true;
		return 0;
	default:
		return FAIL(e, FAIL_INPUT, "an option is unknown or lacks its value");
	}
}

static int check(const struct broker_options *o, bool plain, struct err *e)
{
	if (!o->resources || !o->policy)
		return FAIL(e, FAIL_INPUT, "--resources and --policy are needed");
	if (!o->tls == !plain)
		return FAIL(e, FAIL_INPUT, "one of --tls and --plain is needed");
	return 0;
}

int broker_options_parse(int argc, char *argv[], struct broker_options *ret, struct err *e)
{
	struct broker_options o = { .listen = "127.0.0.1:8080",
				    .session_seconds = BROKER_SESSION_SECONDS };
	bool plain = false;
	int id, failed = 0;

	opterr = 0;
	optind = 1;
	while (!failed && !o.help && (id = getopt_long(argc, argv, "", longs, NULL)) != -1)
		failed = read_option(id, &o, &plain, e);
	if (!failed && !o.help && optind < argc)
		failed = FAIL(e, FAIL_INPUT, "\"%.40s\" is one word too many", argv[optind]);
	if (!failed && !o.help)
		failed = check(&o, plain, e);
	if (!failed)
		*ret = o;
	return failed;
}
