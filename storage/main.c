/*
 * sealinit-storage: opens or closes one volume, and ends.
 *
 *   sealinit-storage open  --control FD --key FD
 *   sealinit-storage close --control FD NAME MOUNT
 *
 * What comes of `open` goes to PID 1 as MSG_VOLUME, for better or worse; the exit status is 0 only
 * on success.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/secret.h"
#include "storage/dm.h"
#include "storage/luks.h"
#include "storage/volume.h"

/* What comes in fits one page; pages of libraries that are never touched need no memory. */
static int harden(struct err *e)
{
	if (secret_harden_process(e) < 0)
		return -(int)FAIL_SYS;
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return FAIL_ERRNO(e, "mlockall: %s", strerror(errno));
	return 0;
}

static int receive(int key, struct volume_want *ret, struct err *e)
{
	AUTO_MSG struct ipc_msg m = { 0 };
	AUTO_FD int fd = -1;
	int failed = ipc_recv(key, deadline_in(LIMIT_STORAGE_KEY_MS), &m, &fd, e);

	if (!failed)
		failed = volume_want_read(&m, ret, e);
	return failed ? err_add(e, "waiting for the volume's keys") : 0;
}

static int send_result(int control, const struct msg_volume *v)
{
	struct err e = { 0 };

	if (ipc_send(control, MSG_VOLUME, 0, span(v, sizeof(*v)), -1, &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "no way to tell PID 1", &e);
		return 1;
	}
	return v->state == VOLUME_OPEN ? 0 : 1;
}

static int run_open(int control, int key)
{
	AUTO_WANT struct volume_want want = { 0 };
	struct msg_volume v = { 0 };
	struct err e = { 0 };
	int failed = harden(&e);

	if (!failed)
		failed = receive(key, &want, &e);
	if (!failed)
		failed = volume_open(&want, &v, &e);
	v.state = failed ? VOLUME_FAILED : VOLUME_OPEN;
	if (failed) {
		memcpy(v.name, want.asked.name, sizeof(v.name));
		memcpy(v.mount, want.asked.mount, sizeof(v.mount));
		v.kind = e.kind;
		(void)snprintf(v.text, sizeof(v.text), "%s", e.text);
		log_err(LOG_LEVEL_DEBUG, "open", &e);
	}
	return send_result(control, &v);
}

static int run_close(const char *name, const char *mount)
{
	struct err e = { 0 };

	if (!volume_is_name(name)) {
		log_error("close: '%s' is no name", name);
		return 2;
	}
	/* PID 1 waits for the whole time: the reason has to be there before it goes on. */
	if (harden(&e) < 0 ||
	    volume_close(name, mount, deadline_in(LIMIT_STORAGE_CLOSE_MS * 3 / 4), &e) < 0) {
		log_err(LOG_LEVEL_ERROR, "close", &e);
		return 1;
	}
	return 0;
}

/* One digit: PID 1 numbers them from 3. */
static int descriptor(const char *text)
{
	return text[0] >= '3' && text[0] <= '9' && !text[1] ? text[0] - '0' : -1;
}

static int usage(void)
{
	log_error("usage: sealinit-storage open --control FD --key FD | close --control FD NAME "
		  "MOUNT");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "control", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int control = -1, key = -1, option;

	log_open("sealinit-storage", 1);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			control = descriptor(optarg);
		else if (option == 'k')
			key = descriptor(optarg);
		else
			return usage();
	}
	dm_init();
	luks_init();
	argc -= optind;
	argv += optind;
	if (control >= 0 && key >= 0 && argc == 1 && strcmp(argv[0], "open") == 0)
		return run_open(control, key);
	if (control >= 0 && argc == 3 && strcmp(argv[0], "close") == 0)
		return run_close(argv[1], argv[2]);
	return usage();
}
