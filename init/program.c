#include "init/program.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#include "base/roles.h"

#define CAP(name)  (1ULL << CAP_##name)
#define PATH_WORDS "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
#define CRUN	   "/usr/bin/crun"

/* Device mapper and mounts; the owner of a new file system's root; mke2fs under a uid of its own.
 */
#define STORAGE_CAPS                                                                         \
	(CAP(SYS_ADMIN) | CAP(IPC_LOCK) | CAP(CHOWN) | CAP(FOWNER) | CAP(FSETID) |           \
	 CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(MKNOD) | CAP(SETUID) | CAP(SETGID) | \
	 CAP(SETPCAP) | CAP(KILL))

/* NVIDIA's kernel module asks for the first where the ready state is set; the keeper makes device
 * nodes and a directory for its socket. */
#define GPU_CAPS	CAP(SYS_ADMIN)
#define GPU_KEEPER_CAPS (CAP(SYS_ADMIN) | CAP(MKNOD) | CAP(CHOWN) | CAP(FOWNER) | CAP(DAC_OVERRIDE))

static const char *const env_path[] = { PATH_WORDS, NULL };
static const char *const env_storage[] = { PATH_WORDS, "DM_DISABLE_UDEV=1", NULL };

static const struct program programs[PROGRAM_COUNT] = {
	[PROGRAM_API] = { .name = "sealinit-api",
			  .path = PATH_API,
			  .uid = ROLE_API_UID,
			  .memlock = LIMIT_MEMLOCK_BYTES,
			  .oom = "-997",
			  .env = env_path },
	[PROGRAM_ATTEST] = { .name = "sealinit-attest",
			     .path = PATH_ATTEST,
			     .uid = ROLE_ATTEST_UID,
			     .bounding = CAP(NET_ADMIN),
			     .ambient = CAP(NET_ADMIN),
			     .memlock = LIMIT_MEMLOCK_BYTES,
			     .oom = "-997",
			     .env = env_path },
	[PROGRAM_STORAGE] = { .name = "sealinit-storage",
			      .path = PATH_STORAGE,
			      .bounding = STORAGE_CAPS,
			      .clone = CLONE_NEWNET,
			      .oom = "-997",
			      .env = env_storage },
	[PROGRAM_PAYLOAD] = { .name = "payload",
			      .bounding = UINT64_MAX,
			      .clone = CLONE_NEWPID | CLONE_NEWNS,
			      .is_payload = true,
			      .files = LIMIT_PAYLOAD_FILES,
			      .env = env_path },
	[PROGRAM_GPU] = { .name = "sealinit-gpu",
			  .path = PATH_GPU,
			  .uid = ROLE_GPU_UID,
			  .clone = CLONE_NEWNET,
			  .env = env_path },
	[PROGRAM_GPU_READY] = { .name = "sealinit-gpu",
				.path = PATH_GPU,
				.bounding = GPU_CAPS,
				.clone = CLONE_NEWNET,
				.env = env_path },
	[PROGRAM_GPU_KEEPER] = { .name = "nvidia-persistenced",
				 .path = PATH_GPU_KEEPER,
				 .bounding = GPU_KEEPER_CAPS,
				 .clone = CLONE_NEWNET,
				 .oom = "-997",
				 .env = env_path },
};

const struct program *program_row(enum program_id id)
{
	return &programs[id];
}

void command_init(struct command *c, enum program_id id)
{
	memset(c, 0, sizeof(*c));
	c->program = &programs[id];
	if (c->program->path)
		(void)command_word(c, c->program->name, NULL);
}

int command_word(struct command *c, const char *word, struct err *e)
{
	size_t len = strlen(word) + 1;

	if (c->argc == COMMAND_WORDS || len > sizeof(c->text) - c->text_len)
		return FAIL(e, FAIL_LIMIT, "%s: command too long", c->program->name);
	memcpy(c->text + c->text_len, word, len);
	c->argv[c->argc++] = c->text + c->text_len;
	c->text_len += len;
	return 0;
}

int command_fd(struct command *c, const char *option, int fd, struct err *e)
{
	char number[16];

	if (fd < 0)
		return 0;
	if (c->fd_count == COMMAND_FDS)
		return FAIL(e, FAIL_LIMIT, "%s: too many descriptors", c->program->name);
	(void)snprintf(number, sizeof(number), "%zu", COMMAND_FIRST_FD + c->fd_count);
	if (command_word(c, option, e) < 0 || command_word(c, number, e) < 0)
		return -(int)FAIL_LIMIT;
	c->fds[c->fd_count++] = fd;
	return 0;
}

static int add_words(struct command *c, const char *const *words, struct err *e)
{
	for (; *words; words++)
		if (command_word(c, *words, e) < 0)
			return -(int)FAIL_LIMIT;
	return 0;
}

int command_payload(struct command *c, const struct msg_config *config, struct err *e)
{
	const char *const crun[] = {
		CRUN, "--cgroup-manager=cgroupfs", "run", "--bundle", config->bundle, "payload",
		NULL
	};
	const char *word = config->argv;
	uint32_t i;

	if (config->payload == PAYLOAD_OCI)
		return add_words(c, crun, e);
	if (config->payload != PAYLOAD_EXEC)
		return FAIL(e, FAIL_BUG, "no payload");
	for (i = 0; i < config->argc; i++) {
		if (command_word(c, word, e) < 0)
			return -(int)FAIL_LIMIT;
		word += strlen(word) + 1;
	}
	return 0;
}
