/* Where the quoting service is. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/evidence/qgs_vsock.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "tests/support/scratch.h"

struct conf {
	char text[64];
	int want;
	uint32_t port;
};

ParameterizedTestParameters(qgs_vsock, reads_the_port)
{
	static struct conf rows[] = {
		{ "", 0, 4050 },
		{ "port=4051\n", 0, 4051 },
		{ "port=4051", 0, 4051 },
		{ "# port=1\n \t port \t=  4052 \r\nother=x\n", 0, 4052 },
		{ "port=4294967294\n", 0, 4294967294 },
		{ "ports=1\nxport=2\nport\n=\n", 0, 4050 },
		{ "port=0\n", -FAIL_INPUT, 0 },
		{ "port=4294967295\n", -FAIL_INPUT, 0 },
		{ "port=99999999999999999999999\n", -FAIL_INPUT, 0 },
		{ "port=\n", -FAIL_INPUT, 0 },
		{ "port=-1\n", -FAIL_INPUT, 0 },
		{ "port=+1\n", -FAIL_INPUT, 0 },
		{ "port=0x10\n", -FAIL_INPUT, 0 },
		{ "port=40 50\n", -FAIL_INPUT, 0 },
		{ "port=1\nport=1\n", -FAIL_INPUT, 0 },
	};
	return cr_make_param_array(struct conf, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct conf *row, qgs_vsock, reads_the_port)
{
	AUTO_BUF struct buf exact = BUF_EMPTY;
	struct err e = { 0 };
	uint32_t port = 0;

	cr_assert_eq(buf_append(&exact, span_text(row->text), 64, &e), 0);
	cr_expect_eq(qgs_conf_port(buf_view(&exact), &port, &e), row->want, "%s", row->text);
	cr_expect_eq(port, row->port, "%s", row->text);
}

/* With a file that is wrong it does not get as far as the socket; without one it does, and either
 * this machine has no vsock, or nobody is at that port. */
Test(qgs_vsock, connects_where_the_file_says, .timeout = 10)
{
	char path[256], absent[] = "/nowhere/tdx-attest.conf";
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "conf", O_WRONLY | O_CREAT, 0600, NULL);
	struct err e = { 0 };
	int got;

	(void)snprintf(path, sizeof(path), "%s/conf", scratch_path());
	cr_assert_eq(fd_write_all(fd, span_text("port=x"), NULL), 0);
	cr_assert_eq(qgs_vsock_connect(path, deadline_in(1000), &e), -FAIL_INPUT);
	cr_assert_eq(ftruncate(fd, LIMIT_QGS_CONF_BYTES + 1), 0);
	cr_assert_eq(qgs_vsock_connect(path, deadline_in(1000), &e), -FAIL_LIMIT);
	got = qgs_vsock_connect(absent, deadline_in(1000), &e);
	cr_assert(got == -FAIL_SYS || got == -FAIL_AGAIN, "%d", got);
	cr_assert(strstr(e.text, "socket") || strstr(e.text, "vsock 2:4050"), "%s", e.text);
}
