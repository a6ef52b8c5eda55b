#include "tests/unit/init/fake.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "init/life.h"

static uint64_t now_us(void *ctx)
{
	return ((struct fake *)ctx)->now_us;
}

static struct fake_child *add(struct fake *f, const struct program *program)
{
	struct fake_child *c = &f->children[f->count];

	cr_assert_lt(f->count, FAKE_CHILDREN);
	memset(c->fds, 0xff, sizeof(c->fds));
	c->program = program;
	c->pid = 1000 + f->count++;
	return c;
}

static int spawn(void *ctx, const struct command *command, struct child *ret, struct err *e)
{
	struct fake *f = ctx;
	struct fake_child *c;
	size_t i, used = 0;

	if (f->refuse_spawns > 0) {
		f->refuse_spawns--;
		return FAIL(e, FAIL_SYS, "no more processes");
	}
	c = add(f, command->program);
	for (i = 0; i < command->argc; i++)
		used += (size_t)snprintf(c->line + used, sizeof(c->line) - used, "%s%s",
					 i ? " " : "", command->argv[i]);
	for (i = 0; i < command->fd_count; i++) {
		c->fds[i] = fcntl(command->fds[i], F_DUPFD_CLOEXEC, 0);
		cr_assert_geq(c->fds[i], 0);
	}
	ret->pid = c->pid;
	return 0;
}

static int start_sync(void *ctx, struct child *ret, struct err *e)
{
	struct fake *f = ctx;

	(void)e;
	f->syncs++;
	ret->pid = add(f, NULL)->pid;
	return 0;
}

static void send_signal(void *ctx, const struct child *child, int sig)
{
	struct fake *f = ctx;
	int i;

	for (i = 0; i < f->count; i++)
		if (f->children[i].pid == child->pid && f->children[i].signal_count < 8)
			f->children[i].signals[f->children[i].signal_count++] = sig;
}

static void log_memory(void *ctx, const char *name, pid_t pid)
{
	(void)name;
	(void)pid;
	((struct fake *)ctx)->memories++;
}

static void end(void *ctx, const char *reason)
{
	struct fake *f = ctx;

	f->power_offs++;
	(void)snprintf(f->reason, sizeof(f->reason), "%s", reason);
}

struct fake *fake_new(void)
{
	static struct fake f;
	struct err e = { 0 };

	log_set_level(LOG_LEVEL_ERROR); /* the tests look at what is done, not at what is said */
	f.now_us = 1000000;
	f.ops = (struct guest_ops){ .ctx = &f,
				    .now_us = now_us,
				    .spawn = spawn,
				    .sync = start_sync,
				    .kill = send_signal,
				    .log_memory = log_memory,
				    .power_off = end };
	guest_init(&f.guest, &f.ops, f.now_us);
	f.guest.listen[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	f.guest.listen[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	f.guest.life = life_make(&e);
	return &f;
}

void fake_pass_ms(struct fake *f, uint64_t ms)
{
	f->now_us += ms * 1000;
	guest_tick(&f->guest);
}

struct fake_child *fake_child(struct fake *f, enum program_id id)
{
	int i;

	for (i = f->count; i-- > 0;)
		if (f->children[i].program == program_row(id))
			return &f->children[i];
	cr_assert_fail("%s was not started", program_row(id)->name);
	return NULL;
}

int fake_count(const struct fake *f, enum program_id id)
{
	int i, n = 0;

	for (i = 0; i < f->count; i++)
		n += f->children[i].program == program_row(id);
	return n;
}

/* The guest numbers from 3 on, one digit. */
int fake_fd(const struct fake_child *c, const char *option)
{
	const char *at = strstr(c->line, option);

	cr_assert_not_null(at, "%s in %s", option, c->line);
	return c->fds[at[strlen(option) + 1] - '3'];
}

static void hear_all(struct fake *f, const struct fake_child *c)
{
	enum child_slot slot;

	for (slot = 0; slot < CHILD_COUNT; slot++)
		if (f->guest.children[slot].pid == c->pid)
			guest_readable(&f->guest, slot);
	guest_tick(&f->guest);
}

void fake_say(struct fake *f, struct fake_child *c, uint16_t op, uint32_t id, struct span body,
	      int fd)
{
	struct err e = { 0 };

	cr_assert_eq(ipc_send(fake_fd(c, "--control"), op, id, body, fd, &e), 0, "%s", e.text);
	hear_all(f, c);
}

void fake_end(struct fake *f, struct fake_child *c, struct ending how)
{
	int i;

	for (i = 0; i < FAKE_FDS; i++)
		fd_done(&c->fds[i]);
	guest_ended(&f->guest, c->pid, how);
	guest_tick(&f->guest);
}

bool fake_hears(struct fake_child *c, struct ipc_msg *ret, int *ret_fd)
{
	struct err e = { 0 };

	*ret_fd = -1;
	return ipc_recv(fake_fd(c, "--control"), 0, ret, ret_fd, &e) == 0;
}

struct ipc_msg fake_hear(struct fake_child *c, uint16_t op, int *ret_fd)
{
	struct ipc_msg m = { 0 };
	int fd = -1;

	while (m.op != op) {
		fd_done(&fd);
		cr_assert(fake_hears(c, &m, &fd), "%s hears message %u", c->line, op);
	}
	if (ret_fd)
		*ret_fd = fd;
	else
		fd_done(&fd);
	return m;
}

bool fake_has_signal(const struct fake_child *c, int sig)
{
	int i;

	for (i = 0; i < c->signal_count; i++)
		if (c->signals[i] == sig)
			return true;
	return false;
}
