#include "attest/gpu/harden.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "base/secret.h"

#define FIELD(name) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, name))
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define RETURN(action)	      BPF_STMT(BPF_RET | BPF_K, (action))

/* io_uring makes sockets without the call; the x32 calls are the same ones under other numbers. */
static struct sock_filter no_network[] = {
	FIELD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	FIELD(nr),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	SKIP_UNLESS(SYS_io_uring_setup, 1),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
	SKIP_UNLESS(SYS_socket, 3),
	FIELD(args[0]),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
	RETURN(SECCOMP_RET_ERRNO | EACCES),
	RETURN(SECCOMP_RET_ALLOW),
};

int gpu_harden(struct err *e)
{
	const struct sock_fprog filter = { .len = (unsigned short)COUNT_OF(no_network),
					   .filter = no_network };
	const struct rlimit none = { 0, 0 };

	if (secret_harden_process(e) < 0)
		return -(int)FAIL_SYS;
	if (setrlimit(RLIMIT_FSIZE, &none) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
		return FAIL_ERRNO(e, "harden: %s", strerror(errno));
	return 0;
}
