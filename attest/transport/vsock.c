#include "attest/transport/vsock.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

int vsock_connect(uint32_t cid, uint32_t port, uint64_t deadline_ms, struct stream *ret,
		  struct err *e)
{
	union {
		struct sockaddr any;
		struct sockaddr_vm vm;
	} to = { .vm = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port } };
	char what[40];

	(void)snprintf(what, sizeof(what), "vsock %" PRIu32 ":%" PRIu32, cid, port);
	return stream_connect(&to.any, sizeof(to.vm), what, deadline_ms, ret, e);
}
