/* initdata: the measured configuration of a guest, as the disk image that hypervisors attach. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "image/build/envelope.h"
#include "image/build/hostfile.h"

#define MAX_MEMBERS	  16
#define EXIT_USAGE	  2
#define LIMIT_IMAGE_BYTES (LIMIT_INITDATA_GZIP_BYTES + 1024)

struct source {
	const char *name, *file;
};

struct options {
	struct source sources[MAX_MEMBERS]; /* the configuration first */
	size_t count;
	enum digest_alg alg;
	const char *out;
};

struct texts {
	struct buf at[MAX_MEMBERS];
};

static const char usage[] =
	"usage: initdata make --config sealinit.json [--algorithm sha256|sha384|sha512]\n"
	"                     [--member NAME=FILE]... --out FILE\n"
	"       initdata show FILE\n"
	"\n"
	"make  puts the configuration, and members for others (policy.rego, aa.toml), into an\n"
	"      envelope and that into a disk image; prints the digest that the hardware is to\n"
	"      measure. sha256 (the default) fits SEV-SNP's HOST_DATA, sha384 TDX's MRCONFIGID.\n"
	"show  prints the digest of an image, an empty line, and the envelope.\n"
	"\n"
	"Exit status: 0; 1 when it can't be done; 2 when it was asked wrongly.\n";

static void texts_done(struct texts *t)
{
	for (size_t i = 0; i < MAX_MEMBERS; i++)
		buf_done(&t->at[i]);
}

static bool add_member(struct options *o, char *word)
{
	char *equals = strchr(word, '=');

	if (!equals || !equals[1] || o->count == MAX_MEMBERS)
		return false;
	*equals = 0;
	o->sources[o->count++] = (struct source){ word, equals + 1 };
	return true;
}

static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'c':
		o->sources[0].file = optarg;
		return true;
	case 'm':
		return add_member(o, optarg);
	case 'a':
		return !digest_alg_parse(span_text(optarg), &o->alg, NULL);
	case 'o':
		o->out = optarg;
		return true;
	default:
		return false;
	}
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "member", required_argument, NULL, 'm' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "out", required_argument, NULL, 'o' },
		{ 0 },
	};

	*o = (struct options){ .sources = { { "sealinit.json", NULL } },
			       .count = 1,
			       .alg = DIGEST_SHA256 };
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;)
		if (!take_option(o, c))
			return false;
	return o->sources[0].file && o->out && optind == argc;
}

/* A typing error shows here, and not as a guest that powers off. What the members of the
 * configuration must be, the guest says. */
static int check_json(struct span text, const char *file, struct err *e)
{
	AUTO_JSON cJSON *tree = NULL;

	return json_parse(text, LIMIT_CONFIG_BYTES, &tree, e) < 0 ? err_add(e, "%s", file) : 0;
}

static int print_digest(struct span envelope, enum digest_alg alg, struct err *e)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];
	struct digest d;
	int failed = digest_of(alg, envelope, &d, e);

	if (failed)
		return failed;
	digest_hex(span(d.at, d.len), hex);
	printf("%s:%s\n", digest_alg_name(alg), hex);
	return 0;
}

static int make(const struct options *o, struct err *e)
{
	__attribute__((cleanup(texts_done))) struct texts texts = { 0 };
	struct envelope_member members[MAX_MEMBERS];
	AUTO_BUF struct buf envelope = BUF_EMPTY;
	AUTO_BUF struct buf image = BUF_EMPTY;
	int failed = 0;

	for (size_t i = 0; !failed && i < o->count; i++) {
		failed = hostfile_read(o->sources[i].file, LIMIT_INITDATA_BYTES, &texts.at[i], e);
		members[i] = (struct envelope_member){ o->sources[i].name, buf_view(&texts.at[i]) };
	}
	if (!failed)
		failed = check_json(members[0].text, o->sources[0].file, e);
	if (!failed)
		failed = envelope_write(o->alg, members, o->count, &envelope, e);
	if (!failed)
		failed = envelope_image(buf_view(&envelope), &image, e);
	if (!failed)
		failed = hostfile_write(o->out, buf_view(&image), e);
	return failed ? failed : print_digest(buf_view(&envelope), o->alg, e);
}

static int show(const char *file, struct err *e)
{
	AUTO_BUF struct buf image = BUF_EMPTY;
	AUTO_BUF struct buf envelope = BUF_EMPTY;
	enum digest_alg alg;
	int failed = hostfile_read(file, LIMIT_IMAGE_BYTES, &image, e);

	if (!failed)
		failed = envelope_from_image(buf_view(&image), &envelope, e);
	if (!failed)
		failed = envelope_algorithm(buf_view(&envelope), &alg, e);
	if (!failed)
		failed = print_digest(buf_view(&envelope), alg, e);
	if (failed)
		return err_add(e, "%s", file);
	printf("\n");
	(void)fwrite(envelope.at, 1, envelope.len, stdout);
	return 0;
}

static int complain(void)
{
	(void)fputs(usage, stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct options o;
	struct err e = { 0 };
	int failed;

	json_init();
	if (!strcmp(verb, "--help")) {
		(void)fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(verb, "show") && argc == 3)
		failed = show(argv[2], &e);
	else if (!strcmp(verb, "make") && parse_options(argc - 1, argv + 1, &o))
		failed = make(&o, &e);
	else
		return complain();
	if (failed)
		(void)fprintf(stderr, "initdata: %s\n", e.text);
	return failed || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
