/* The scenarios in which nothing is broken on purpose. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "tests/guest/parts/scenarios.h"

#define TEXT	    "what only this pod may read"
#define WAIT_MS	    30000
#define BLOCK_WORDS 8192
#define BLOCKS_MOST 100000 /* more than any test waits for */

/* Bytes that an earlier boot has written must be what it wrote, even if it was killed meanwhile. */
static bool block_is_whole(void)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	bool found;
	uint64_t first, word;

	if (!volume_read("block", &got, &found) || !found)
		return !found;
	if (got.len != BLOCK_WORDS * sizeof(word))
		return fail("the block has %zu bytes", got.len) == 0;
	memcpy(&first, got.at, sizeof(first));
	for (size_t at = 0; at < got.len; at += sizeof(word)) {
		memcpy(&word, got.at + at, sizeof(word));
		if (word != first)
			return fail("the block is torn at %zu", at) == 0;
	}
	say("block %" PRIu64 " of a killed guest is whole", first);
	return true;
}

static bool earlier_boot_is_there(void)
{
	AUTO_BUF struct buf blob = BUF_EMPTY, hello = BUF_EMPTY;
	bool has_blob, has_hello;

	if (!volume_read("hello.txt", &hello, &has_hello) || !volume_read("blob", &blob, &has_blob))
		return false;
	if (!has_hello && !has_blob)
		return true;
	if (!has_hello || !has_blob || !span_is_equal(buf_view(&hello), span_text("hello\n")))
		return fail("an earlier boot left half of its files") == 0;
	if (!opens_to("the blob of an earlier boot", buf_view(&blob), span_text(TEXT)))
		return false;
	say("the file and the blob of an earlier boot are there");
	return true;
}

static bool round_trip(const char *scope, struct buf *ret_blob)
{
	struct ending end = api_seal(scope, span_text(TEXT), WAIT_MS, ret_blob);

	if (!end.is_ok)
		return fail_call(scope, &end) == 0;
	if (memmem(ret_blob->at, ret_blob->len, TEXT, strlen(TEXT)))
		return fail("%s: the blob shows its plaintext", scope) == 0;
	return opens_to(scope, buf_view(ret_blob), span_text(TEXT));
}

int scenario_hello(void)
{
	AUTO_BUF struct buf life = BUF_EMPTY, container = BUF_EMPTY, pod = BUF_EMPTY;
	AUTO_BUF struct buf again = BUF_EMPTY;
	bool found;

	if (!block_is_whole() || !earlier_boot_is_there() || !round_trip("life", &life) ||
	    !round_trip("container", &container) || !round_trip("pod", &pod) ||
	    !volume_write("hello.txt", span_text("hello\n")) ||
	    !volume_write("blob", buf_view(&container)) ||
	    !volume_read("hello.txt", &again, &found))
		return 1;
	if (!found || !span_is_equal(buf_view(&again), span_text("hello\n")))
		return fail("hello.txt is not what was written");
	say("ok");
	return 0;
}

/* Each block is on the disk before its line is printed; the test kills the guest in between. */
int scenario_write_forever(void)
{
	static uint64_t block[BLOCK_WORDS];

	for (uint64_t n = 1; n <= BLOCKS_MOST; n++) {
		for (size_t i = 0; i < BLOCK_WORDS; i++)
			block[i] = n;
		if (!volume_write("block", span(block, sizeof(block))))
			return 1;
		say("written %" PRIu64, n);
	}
	return fail("nobody killed this guest");
}

int scenario_secrets(void)
{
	AUTO_BUF struct buf none = BUF_EMPTY;
	struct ending end;

	for (int i = 1; i <= 5; i++) {
		AUTO_BUF struct buf got = BUF_EMPTY;
		char path[32];

		(void)snprintf(path, sizeof(path), "default/test/s%d", i);
		end = api_secret(path, WAIT_MS, &got);
		if (!end.is_ok)
			return fail_call(path, &end);
		if (!span_is_equal(buf_view(&got), span_text(strrchr(path, '/') + 1)))
			return fail("%s holds %zu other bytes", path, got.len);
	}
	end = api_secret("default/test/nothing-here", 0, &none);
	if (strcmp(end.code, "secret-missing") != 0)
		return fail_call("a secret that the broker does not have", &end);
	say("secrets ok");
	return 0;
}

/* Going on without secrets means without: no keys, and no plain directory in the volume's place. */
int scenario_degraded(void)
{
	AUTO_BUF struct buf status = BUF_EMPTY, blob = BUF_EMPTY, secret = BUF_EMPTY;
	struct ending end = api_status(0, &status);
	AUTO_FD int fd = -1;

	if (end.http != 503 || !status.at || !strstr((const char *)status.at, ": degraded"))
		return fail_call("status", &end);
	end = api_seal("container", span_text(TEXT), 0, &blob);
	if (end.is_ok || end.is_lost || end.is_told_to_wait)
		return fail_call("seal without a key", &end);
	say("degraded: seal says %s", end.code);
	end = api_secret("default/test/s1", 0, &secret);
	if (end.is_ok || end.is_lost || end.is_told_to_wait)
		return fail_call("a secret without a broker", &end);
	say("degraded: secret says %s", end.code);

	fd = open(VOLUME "/plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fail("%s can be written, without a volume", VOLUME);
	say("degraded: the volume says %s", strerror(errno));
	say("degraded ok");
	return 0;
}
