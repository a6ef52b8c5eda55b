/* mkinitramfs: from manifests to the guest's initial ramfs, the same bytes each time. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/build/cpio.h"
#include "image/build/gzip.h"
#include "image/build/hostfile.h"
#include "image/build/manifest.h"

#define MAX_VARIABLES 16
#define MAX_SUMS      8
#define EXIT_USAGE    2

struct sum {
	const char *prefix;
	uint64_t bytes;
};

struct options {
	struct variable vars[MAX_VARIABLES];
	size_t var_count;
	struct sum sums[MAX_SUMS];
	size_t sum_count;
	const char *out;
	uint32_t mtime;
	bool gzip;
};

static const char usage[] =
	"usage: mkinitramfs [--set NAME=VALUE]... [--sum PREFIX]... [--gzip] --out FILE "
	"MANIFEST...\n"
	"\n"
	"Packs what the manifests name, and nothing else, into a cpio archive for the kernel.\n"
	"\n"
	"  --set NAME=VALUE  what @NAME@ in a manifest's sources stands for\n"
	"  --sum PREFIX      also print how many bytes lie below a directory of the guest\n"
	"  --gzip            pack the archive (level 9)\n"
	"  --out FILE        the result; written beside its place and moved there\n"
	"\n"
	"The time of all files is SOURCE_DATE_EPOCH, or 0. How a manifest is written:\n"
	"image/build/manifest.h.\n";

static bool set_variable(struct options *o, char *word)
{
	char *equals = strchr(word, '=');

	if (!equals || equals == word || o->var_count == MAX_VARIABLES)
		return false;
	*equals = 0;
	o->vars[o->var_count++] = (struct variable){ word, equals + 1 };
	return true;
}

static bool set_time(struct options *o)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;
	unsigned long long n;

	if (!text)
		return true;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || n > UINT32_MAX)
		return false;
	o->mtime = (uint32_t)n;
	return true;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "set", required_argument, NULL, 's' }, { "sum", required_argument, NULL, 'u' },
		{ "gzip", no_argument, NULL, 'z' },	 { "out", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },	 { 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		if (c == 'h') {
			(void)fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		} else if (c == 's' ? !set_variable(o, optarg) : c == '?') {
			return false;
		} else if (c == 'u') {
			if (o->sum_count == MAX_SUMS)
				return false;
			o->sums[o->sum_count++] = (struct sum){ optarg, 0 };
		} else if (c == 'o') {
			o->out = optarg;
		} else if (c == 'z') {
			o->gzip = true;
		}
	}
	return o->out && optind < argc && set_time(o);
}

static void count(struct options *o, const char *path, size_t bytes)
{
	for (size_t i = 0; i < o->sum_count; i++) {
		size_t len = strlen(o->sums[i].prefix);

		if (!strncmp(path, o->sums[i].prefix, len) && path[len] == '/')
			o->sums[i].bytes += bytes;
	}
}

static int pack_entry(struct options *o, struct cpio *c, const struct entry *x, struct err *e)
{
	AUTO_BUF struct buf file = BUF_EMPTY;
	struct span content = SPAN_EMPTY;

	if (x->type == ENTRY_FILE) {
		if (hostfile_read(x->source, LIMIT_ARCHIVE_BYTES, &file, e) < 0)
			return err_add(e, "%s", x->where);
		content = buf_view(&file);
	} else if (x->type == ENTRY_LINK) {
		content = span_text(x->source);
	}
	count(o, x->path, content.len);
	return cpio_add(c, x, content, e);
}

static double mib(uint64_t bytes)
{
	return (double)bytes / 1048576.0;
}

static void report(const struct options *o, size_t entries, size_t plain, size_t packed)
{
	printf("%s: %zu entries, %.1f MiB", o->out, entries, mib(plain));
	if (packed != plain)
		printf(", packed %.1f MiB", mib(packed));
	printf("\n");
	for (size_t i = 0; i < o->sum_count; i++)
		printf("%s in it: %.1f MiB\n", o->sums[i].prefix, mib(o->sums[i].bytes));
}

static int make(struct options *o, char **manifests, struct err *e)
{
	AUTO_MANIFEST struct manifest m = MANIFEST_EMPTY;
	const struct variables vars = { o->vars, o->var_count };
	AUTO_BUF struct buf packed = BUF_EMPTY;
	struct cpio c = { .out = BUF_EMPTY, .mtime = o->mtime };
	AUTO_BUF struct buf plain = BUF_EMPTY;
	int failed = 0;

	for (; !failed && *manifests; manifests++)
		failed = manifest_read(&m, *manifests, vars, e);
	if (!failed)
		failed = manifest_order(&m, e);
	for (size_t i = 0; !failed && i < m.count; i++)
		failed = pack_entry(o, &c, &m.at[i], e);
	if (!failed)
		failed = cpio_end(&c, e);
	plain = buf_take(&c.out);
	if (!failed && o->gzip)
		failed = gzip_pack(buf_view(&plain), LIMIT_ARCHIVE_BYTES, &packed, e);
	if (!failed)
		failed = hostfile_write(o->out, buf_view(o->gzip ? &packed : &plain), e);
	if (!failed)
		report(o, m.count, plain.len, o->gzip ? packed.len : plain.len);
	return failed;
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct err e = { 0 };

	if (!parse_options(argc, argv, &o)) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (make(&o, argv + optind, &e) < 0) {
		(void)fprintf(stderr, "mkinitramfs: %s\n", e.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
