#include "attest/evidence/sev_guest.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/messages.h"

#define MSG_VERSION	   1
#define IOCTL_REPORT	   0xc0205300ul
#define IOCTL_KEY	   0xc0205301ul
#define IOCTL_EXT_REPORT   0xc0205302ul
#define PAGE_BYTES	   4096
#define VMPL_MOST	   3
#define RETRY_FIRST_MS	   20
#define RETRY_MOST_MS	   2000 /* the kernel's own step */
#define RETRIES_OF_CERTS   2
#define STATUS_PARAM	   0x16 /* AMD 56860, table 5: among others, a VMPL above ours */
#define STATUS_KEY	   0x27
#define FW_NOT_CALLED	   0xff /* what the kernel puts there before it calls */
#define VMM_INVALID_LENGTH 1	/* GHCB 4.1.8.1 */
#define VMM_BUSY	   2
#define VMM_GENERIC	   0x80000000u

/* The kernel's structures, byte for byte. */
struct guest_request {
	uint8_t msg_version;
	uint8_t pad[7];
	uint64_t req, resp; /* addresses */
	uint32_t fw_error, vmm_error;
};

struct report_req {
	uint8_t data[TSM_DATA_BYTES];
	uint32_t vmpl;
	uint8_t zero[28]; /* the first word selects a key: 0, the one that the platform uses */
};

struct ext_report_req {
	struct report_req report;
	uint64_t certs;
	uint32_t certs_len;
	uint32_t pad;
};

struct report_resp {
	uint32_t status, size;
	uint8_t zero[24];
	uint8_t report[SEV_GUEST_REPORT_BYTES];
	uint8_t rest[2784];
};

struct key_req {
	uint32_t root_key_select; /* 0: VCEK, of this chip */
	uint32_t zero;
	uint64_t fields;
	uint32_t vmpl, guest_svn;
	uint64_t tcb_version;
};

struct key_resp {
	uint32_t status;
	uint8_t zero[28];
	uint8_t key[SEV_GUEST_KEY_BYTES];
};

_Static_assert(sizeof(struct guest_request) == 32, "as the ioctl's number says");
_Static_assert(sizeof(struct report_req) == 96, "struct snp_report_req");
_Static_assert(sizeof(struct ext_report_req) == 112, "struct snp_ext_report_req");
_Static_assert(sizeof(struct report_resp) == 4000, "struct snp_report_resp");
_Static_assert(sizeof(struct key_req) == 32, "struct snp_derived_key_req");
_Static_assert(sizeof(struct key_resp) == 64, "struct snp_derived_key_resp");

int sev_guest_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

/* --- One call --------------------------------------------------------------------------------- */

static int dead(struct sev_guest *g, const char *why, const struct guest_request *r, struct err *e)
{
	atomic_store(&g->is_dead, true);
	return FAIL(e, FAIL_SYS,
		    TEE_DEAD "%s (fw 0x%x, vmm 0x%x); only a restart of the guest brings the key "
			     "to the firmware back",
		    why, r->fw_error, r->vmm_error);
}

/* The kernel wipes the key in these cases; the others leave it. */
static const char *reason_of_death(int sys, const struct guest_request *r)
{
	switch (sys) {
	case ENOTTY:
		return "the kernel says that the VMPCK is disabled";
	case ETIMEDOUT:
		return "the host throttled us for a minute";
	case EBADMSG:
		return "the firmware's reply did not authenticate";
	case EIO:
		if (r->vmm_error & VMM_GENERIC)
			return "the host failed the request";
		if (r->fw_error && r->fw_error != FW_NOT_CALLED)
			return "the firmware refused the message";
	}
	return NULL;
}

static int judge(struct sev_guest *g, int sys, const struct guest_request *r, struct err *e)
{
	const char *why = reason_of_death(sys, r);

	if (why)
		return dead(g, why, r, e);
	if (sys == EBUSY || sys == EAGAIN || sys == EINTR || r->vmm_error == VMM_BUSY)
		return FAIL(e, FAIL_AGAIN, "sev-guest: busy");
	if (sys == EINVAL)
		return FAIL(e, FAIL_BUG, "sev-guest: the kernel finds the request malformed");
	errno = sys;
	if (sys)
		return FAIL_ERRNO(e, "sev-guest: %s (fw 0x%x, vmm 0x%x)", strerror(sys),
				  r->fw_error, r->vmm_error);
	return FAIL(e, FAIL_INPUT, "sev-guest: success, and yet fw 0x%x, vmm 0x%x", r->fw_error,
		    r->vmm_error);
}

int sev_guest_check(struct sev_guest *g, struct err *e)
{
	static const struct guest_request none = { .msg_version = 0 };

	return atomic_load(&g->is_dead) ? dead(g, "an earlier request failed", &none, e) : 0;
}

/* EIO alone may mean that the host has more certificates than fit, which harms nothing. */
int sev_guest_learn(struct sev_guest *g, struct err *e)
{
	static const struct guest_request none = { .msg_version = 0 };
	const char *why = e->kind == FAIL_SYS ? reason_of_death(e->sys, &none) : NULL;

	return why ? dead(g, why, &none, e) : -(int)e->kind;
}

/* `ret_is_short` (or NULL): the host has more certificates than fit, and nothing else is wrong. */
static int call(struct sev_guest *g, int fd, unsigned long nr, const void *req, void *resp,
		bool *ret_is_short, struct err *e)
{
	/* The kernel writes the errors when they aren't zero, and only then: what we leave there is
	 * what we read as "none". */
	struct guest_request r = { .msg_version = MSG_VERSION,
				   .req = (uintptr_t)req,
				   .resp = (uintptr_t)resp };
	int sys;

	if (fd < 0)
		return FAIL(e, FAIL_SYS, "sev-guest: no device");
	if (sev_guest_check(g, e) < 0)
		return -(int)FAIL_SYS;
	sys = g->ioctl(fd, nr, &r) < 0 ? errno : 0;
	/* Some kernels report it as a success, others as -1 with EIO: the field decides. */
	if (ret_is_short && r.vmm_error == VMM_INVALID_LENGTH && (!sys || sys == EIO)) {
		*ret_is_short = true;
		return 0;
	}
	if (sys || r.fw_error || r.vmm_error)
		return judge(g, sys, &r, e);
	return 0;
}

static int refused(uint32_t status, struct err *e)
{
	const char *why = status == STATUS_PARAM ? " (invalid parameter: another VMPL?)"
			  : status == STATUS_KEY ? " (invalid key: none of that kind is loaded)"
						 : "";

	return FAIL(e, FAIL_DENIED, "sev-guest: the firmware refuses, status 0x%x%s", status, why);
}

/* --- Reports ---------------------------------------------------------------------------------- */

/* What is asked for, and where the answer goes: one of the two. */
struct wish {
	int fd;
	const uint8_t *data;
	struct tsm_blobs *ret_blobs;
	uint64_t fields;
	struct secret *ret_key;
};

/* Once with room for all that the kernel can carry, since each question spends one of the few that
 * a host may grant; then with what it asks for. What it can't carry, it can't: the report is the
 * same without. */
static int call_extended(struct sev_guest *g, int fd, struct ext_report_req *req,
			 struct report_resp *resp, struct span certs, struct err *e)
{
	bool is_short;
	int failed;

	req->certs = (uintptr_t)certs.at;
	req->certs_len = (uint32_t)certs.len;
	for (int i = 0; i < RETRIES_OF_CERTS; i++) {
		is_short = false;
		failed = call(g, fd, IOCTL_EXT_REPORT, req, resp, &is_short, e);
		if (failed || !is_short)
			return failed;
		if (!req->certs_len || req->certs_len % PAGE_BYTES ||
		    req->certs_len > SEV_GUEST_CERTS_BYTES)
			break;
	}
	req->certs_len = 0;
	memset(resp, 0, sizeof(*resp));
	return call(g, fd, IOCTL_REPORT, &req->report, resp, NULL, e);
}

static bool is_zero(const uint8_t *at, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= at[i];
	return !any;
}

static int keep_report(const struct report_resp *resp, const uint8_t *certs, size_t certs_len,
		       struct tsm_blobs *ret, struct err *e)
{
	AUTO_TSM_BLOBS struct tsm_blobs b = TSM_BLOBS_EMPTY;
	int failed;

	if (resp->size != SEV_GUEST_REPORT_BYTES)
		return FAIL(e, FAIL_INPUT, "sev-guest: a report of %u bytes", resp->size);
	failed = buf_append(&b.out, span(resp->report, SEV_GUEST_REPORT_BYTES),
			    SEV_GUEST_REPORT_BYTES, e);
	/* A host without certificates leaves the pages as they were. */
	if (!failed && !is_zero(certs, certs_len))
		failed = buf_append(&b.aux, span(certs, certs_len), SEV_GUEST_CERTS_BYTES, e);
	if (failed)
		return failed;
	tsm_blobs_done(ret);
	*ret = b;
	b = TSM_BLOBS_EMPTY;
	return 0;
}

static int report_once(struct sev_guest *g, uint32_t vmpl, const struct wish *w,
		       uint32_t *ret_status, struct err *e)
{
	struct ext_report_req req = { .report.vmpl = vmpl };
	struct report_resp resp = { .status = 0 };
	AUTO_FREE uint8_t *certs = calloc(1, SEV_GUEST_CERTS_BYTES);
	int failed;

	if (!certs)
		return FAIL_ERRNO(e, "sev-guest: no memory");
	memcpy(req.report.data, w->data, TSM_DATA_BYTES);
	failed = call_extended(g, w->fd, &req, &resp, span(certs, SEV_GUEST_CERTS_BYTES), e);
	*ret_status = resp.status;
	if (failed)
		return failed;
	if (resp.status)
		return refused(resp.status, e);
	return keep_report(&resp, certs, req.certs_len, w->ret_blobs, e);
}

/* --- Keys ------------------------------------------------------------------------------------- */

static bool is_repeated(const uint8_t *key)
{
	uint8_t differs = 0;

	for (size_t i = 1; i < SEV_GUEST_KEY_BYTES; i++)
		differs |= key[i] ^ key[0];
	return !differs;
}

/* The kernel writes the reply where it is wiped, whatever comes of it. */
static int key_once(struct sev_guest *g, uint32_t vmpl, const struct wish *w, uint32_t *ret_status,
		    struct err *e)
{
	struct key_req req = { .fields = w->fields, .vmpl = vmpl };
	AUTO_SECRET struct secret room = SECRET_EMPTY;
	const struct key_resp *resp;
	int failed = secret_init(&room, sizeof(*resp), e);

	if (failed)
		return failed;
	resp = (const struct key_resp *)room.at;
	failed = call(g, w->fd, IOCTL_KEY, &req, room.at, NULL, e);
	*ret_status = resp->status;
	if (failed)
		return failed;
	if (resp->status)
		return refused(resp->status, e);
	if (is_repeated(resp->key))
		return FAIL(e, FAIL_INPUT, "sev-guest: the derived key is one byte repeated");
	return secret_copy(w->ret_key, span(resp->key, SEV_GUEST_KEY_BYTES), e);
}

/* --- Again ------------------------------------------------------------------------------------ */

/* A guest below VMPL 0 may only ask for its own level or a lower one, and nobody says which that
 * is. The first that the firmware grants is the strongest there is, and stands in the report. */
static int ask_levels(struct sev_guest *g, typeof(report_once) *once, const struct wish *w,
		      struct err *e)
{
	uint32_t status, vmpl = atomic_load(&g->vmpl);
	int failed;

	for (;; vmpl++) {
		status = 0;
		failed = once(g, vmpl, w, &status, e);
		if (failed != -(int)FAIL_DENIED || status != STATUS_PARAM || vmpl >= VMPL_MOST)
			break;
	}
	if (!failed)
		atomic_store(&g->vmpl, vmpl);
	return failed;
}

static int ask(struct sev_guest *g, typeof(report_once) *once, const struct wish *w,
	       uint64_t deadline_ms, struct err *e)
{
	int pause_ms = RETRY_FIRST_MS, failed;

	for (;;) {
		failed = ask_levels(g, once, w, e);
		if (failed != -(int)FAIL_AGAIN || deadline_left(deadline_ms) <= pause_ms)
			return failed;
		/* The kernel tells nobody when the device is free again. */
		(void)poll(NULL, 0, pause_ms);
		pause_ms = pause_ms > RETRY_MOST_MS / 2 ? RETRY_MOST_MS : pause_ms * 2;
	}
}

int sev_guest_report(struct sev_guest *g, int fd, const uint8_t data[static TSM_DATA_BYTES],
		     uint64_t deadline_ms, struct tsm_blobs *ret, struct err *e)
{
	const struct wish w = { .fd = fd, .data = data, .ret_blobs = ret };

	return ask(g, report_once, &w, deadline_ms, e);
}

int sev_guest_key(struct sev_guest *g, int fd, uint64_t fields, uint64_t deadline_ms,
		  struct secret *ret, struct err *e)
{
	const struct wish w = { .fd = fd, .fields = fields, .ret_key = ret };

	return ask(g, key_once, &w, deadline_ms, e);
}
