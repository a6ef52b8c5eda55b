/* Collateral by name: what was added, then the directory. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "attest/verify/store.h"
#include "base/fd.h"
#include "base/limits.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define AUTO_STORE __attribute__((cleanup(store_done)))

static void store_done(struct verify_store **s)
{
	verify_store_free(*s);
}

static struct verify_store *store_new(void)
{
	struct verify_store *s = NULL;

	cr_assert_eq(verify_store_new(&s, NULL), 0);
	return s;
}

static void put(int dir, const char *name, const char *text)
{
	AUTO_FD int fd = fd_open_in(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span_text(text), NULL), 0);
}

static void expect(const struct verify_store *s, const char *name, const char *text)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(store_find(s, name, 100, &b, &e), 0, "%s", e.text);
	cr_assert(span_is_equal(buf_view(&b), span_text(text)));
}

static int find(const struct verify_store *s, const char *name, size_t limit)
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	int failed = store_find(s, name, limit, &b, NULL);

	cr_assert(!failed || !b.at, "something came with the failure");
	return failed;
}

Test(store, keeps_a_copy_of_what_is_added)
{
	AUTO_STORE struct verify_store *s = store_new();
	char text[] = "bytes", name[] = "a.crl";

	cr_assert_eq(verify_store_add(s, name, span_text(text), NULL), 0);
	cr_assert_eq(verify_store_add(s, "empty", SPAN_EMPTY, NULL), 0);
	text[0] = name[0] = 'X';
	expect(s, "a.crl", "bytes");
	expect(s, "empty", "");
	cr_assert_eq(find(s, "b.crl", 100), -FAIL_AGAIN);
}

Test(store, takes_the_same_bytes_twice_and_no_others)
{
	AUTO_STORE struct verify_store *s = store_new();

	cr_assert_eq(verify_store_add(s, "a", span_text("one"), NULL), 0);
	cr_assert_eq(verify_store_add(s, "a", span_text("one"), NULL), 0);
	cr_assert_eq(verify_store_add(s, "a", span_text("two"), NULL), -FAIL_INPUT);
	cr_assert_eq(store_count(s), 1);
	expect(s, "a", "one");
}

Test(store, lists_what_was_added_in_its_order)
{
	AUTO_STORE struct verify_store *s = store_new();
	const char *name;
	struct span bytes;

	cr_assert_eq(verify_store_add(s, "second name.pem", span_text("1"), NULL), 0);
	cr_assert_eq(verify_store_add(s, "a", span_text("2"), NULL), 0);
	cr_assert_eq(store_count(s), 2);
	store_at(s, 0, &name, &bytes);
	cr_assert_str_eq(name, "second name.pem");
	cr_assert(span_is_equal(bytes, span_text("1")));
	store_at(s, 1, &name, &bytes);
	cr_assert_str_eq(name, "a");
}

Test(store, looks_into_the_directory_after_what_was_added)
{
	AUTO_STORE struct verify_store *s = store_new();
	AUTO_FD int dir = scratch_dir();

	put(dir, "a", "of the directory");
	put(dir, "b", "of the directory");
	cr_assert_eq(find(s, "a", 100), -FAIL_AGAIN);
	verify_store_directory(s, dir);
	cr_assert_eq(verify_store_add(s, "a", span_text("added"), NULL), 0);
	expect(s, "a", "added");
	expect(s, "b", "of the directory");
	cr_assert_eq(find(s, "c", 100), -FAIL_AGAIN);
}

/* In the test's own directory, under the name "odd". */
typedef void make_odd(int dir);

static void odd_directory(int dir)
{
	cr_assert_eq(mkdirat(dir, "odd", 0700), 0);
}

static void odd_fifo(int dir)
{
	cr_assert_eq(mkfifoat(dir, "odd", 0600), 0);
}

static void odd_link(int dir)
{
	put(dir, "target", "x");
	cr_assert_eq(symlinkat("target", dir, "odd"), 0);
}

static void odd_link_outside(int dir)
{
	cr_assert_eq(symlinkat("/etc/passwd", dir, "odd"), 0);
}

static void odd_socket(int dir)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	AUTO_FD int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)dir;
	(void)snprintf(name.sun_path, sizeof(name.sun_path), "%s/odd", scratch_path());
	cr_assert_eq(bind(sock, (const struct sockaddr *)&name, sizeof(name)), 0);
}

static int odd_numbers[] = { 0, 1, 2, 3, 4 };

ParameterizedTestParameters(store, refuses_what_is_no_regular_file)
{
	return cr_make_param_array(int, odd_numbers, 5);
}

ParameterizedTest(int *i, store, refuses_what_is_no_regular_file)
{
	static make_odd *const odd[] = { odd_directory, odd_fifo, odd_link, odd_link_outside,
					 odd_socket };
	AUTO_STORE struct verify_store *s = store_new();
	AUTO_FD int dir = scratch_dir();

	odd[*i](dir);
	verify_store_directory(s, dir);
	cr_assert_eq(find(s, "odd", 100), -FAIL_INPUT);
}

struct name_case {
	char name[16];
};

static struct name_case names[] = {
	{ "" },	  { "." },     { ".." },   { ".hidden" }, { "a/b" },  { "../a" },
	{ "/a" }, { "a b" },   { "a\nb" }, { "a%2e" },	  { "a\\b" }, { "\xc3\xa4" },
	{ "a:" }, { "a\x7f" }, { "a~" },   { "*" },
};

ParameterizedTestParameters(store, finds_nothing_by_an_unfit_name)
{
	return cr_make_param_array(struct name_case, names, sizeof(names) / sizeof(*names));
}

ParameterizedTest(struct name_case *n, store, finds_nothing_by_an_unfit_name)
{
	AUTO_STORE struct verify_store *s = store_new();
	AUTO_FD int dir = scratch_dir();

	verify_store_directory(s, dir);
	cr_assert_eq(find(s, n->name, 100), -FAIL_INPUT);
}

Test(store, names_are_bounded)
{
	AUTO_STORE struct verify_store *s = store_new();
	char name[202];

	memset(name, 'a', sizeof(name));
	name[201] = 0;
	cr_assert_eq(find(s, name, 100), -FAIL_INPUT);
	cr_assert_eq(verify_store_add(s, name, SPAN_EMPTY, NULL), -FAIL_INPUT);
	name[200] = 0;
	cr_assert_eq(find(s, name, 100), -FAIL_AGAIN);
	cr_assert_eq(verify_store_add(s, name, SPAN_EMPTY, NULL), 0);
	cr_assert_eq(verify_store_add(s, "a/b", SPAN_EMPTY, NULL), -FAIL_INPUT);
	cr_assert_eq(verify_store_add(s, "a\n", SPAN_EMPTY, NULL), -FAIL_INPUT);
	cr_assert_eq(verify_store_add(s, "", SPAN_EMPTY, NULL), -FAIL_INPUT);
}

Test(store, hands_out_no_more_than_asked)
{
	AUTO_STORE struct verify_store *s = store_new();
	AUTO_FD int dir = scratch_dir();

	put(dir, "file", "12345");
	verify_store_directory(s, dir);
	cr_assert_eq(verify_store_add(s, "added", span_text("12345"), NULL), 0);
	cr_assert_eq(find(s, "added", 5), 0);
	cr_assert_eq(find(s, "added", 4), -FAIL_LIMIT);
	cr_assert_eq(find(s, "file", 5), 0);
	cr_assert_eq(find(s, "file", 4), -FAIL_LIMIT);
}

Test(store, holds_no_more_than_its_bounds)
{
	static const uint8_t zero[LIMIT_VERIFY_STORE_BYTES];
	AUTO_STORE struct verify_store *s = store_new();
	char name[16];

	cr_assert_eq(verify_store_add(s, "half", span(zero, sizeof(zero) / 2), NULL), 0);
	cr_assert_eq(verify_store_add(s, "too much", span(zero, sizeof(zero) / 2 + 1), NULL),
		     -FAIL_LIMIT);
	cr_assert_eq(verify_store_add(s, "other half", span(zero, sizeof(zero) / 2), NULL), 0);
	cr_assert_eq(verify_store_add(s, "one more", span(zero, 1), NULL), -FAIL_LIMIT);
	for (int i = 2; i < LIMIT_VERIFY_STORE_FILES; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		cr_assert_eq(verify_store_add(s, name, SPAN_EMPTY, NULL), 0);
	}
	cr_assert_eq(verify_store_add(s, "one file more", SPAN_EMPTY, NULL), -FAIL_LIMIT);
}

Test(store, survives_every_fault)
{
	AUTO_FD int dir = scratch_dir();

	put(dir, "file", "of the directory");
	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_STORE struct verify_store *s = NULL;
		AUTO_BUF struct buf added = BUF_EMPTY, found = BUF_EMPTY;
		struct err e = { 0 };
		int failed = verify_store_new(&s, &e);

		if (!failed)
			verify_store_directory(s, dir);
		if (!failed)
			failed = verify_store_add(s, "a", span_text("one"), &e);
		if (!failed)
			failed = verify_store_add(s, "b", span_text("two"), &e);
		if (!failed)
			failed = store_find(s, "b", 100, &added, &e);
		if (!failed)
			failed = store_find(s, "file", 100, &found, &e);
		cr_assert_eq(failed, fault_fired() ? -FAIL_SYS : 0, "fault %u: %s", n, e.text);
		if (failed)
			continue;
		cr_assert(span_is_equal(buf_view(&added), span_text("two")));
		cr_assert(span_is_equal(buf_view(&found), span_text("of the directory")));
	}
}
