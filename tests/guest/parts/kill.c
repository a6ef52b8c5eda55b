#include "tests/guest/parts/kill.h"

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"

#define KILL_MS 20000
#define STEP_MS 5

int kill_program(const char *program, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const uint64_t deadline = deadline_in(KILL_MS);
	int n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "test-kill-%s",
			 program);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, len) < 0)
		return FAIL_ERRNO(e, "no helper at @test-kill-%s: %s", program, strerror(errno));
	while (send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN) {
		if (deadline_left(deadline) == 0)
			return FAIL(e, FAIL_AGAIN, "the helper does not kill %s", program);
		(void)poll(NULL, 0, STEP_MS);
	}
	return 0;
}
