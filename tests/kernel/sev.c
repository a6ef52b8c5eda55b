// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/sev-guest in front of the program that answers for the firmware: the kernel's own ioctls
 * and structures, and its rules about what a failure costs. Whatever fails between guest and
 * firmware wipes the key that the two talk under, for configfs-tsm as well, and for good.
 */
#include <linux/cleanup.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>
#include <uapi/linux/sev-guest.h>

#include "desk.h"

#define CERTS_MOST	 16384 /* SEV_FW_BLOB_MAX_SIZE */
#define BUSY_STEP	 (2 * HZ)
#define BUSY_MOST	 (10 * HZ) /* 60 s there, which tests need not wait for */
#define NOT_CALLED	 0xff
#define HEAD		 32 /* in a response, in front of report or key */
#define KEY		 32
#define STATUS_PARAMETER 0x16
#define STATUS_KEY	 0x27

static DEFINE_MUTEX(command); /* held while a busy host is waited for, as the real driver does */
static bool is_wiped;

static int wipe(int failed)
{
	is_wiped = true;
	return failed;
}

/* One message to the firmware. *ret_errors is exitinfo2. */
static int exchange(const struct test_tee_question *q, u64 *ret_errors, struct tee_blobs *ret)
{
	unsigned long end = jiffies + BUSY_MOST;
	int failed;

	*ret_errors = NOT_CALLED;
	if (is_wiped)
		return -ENOTTY;
	for (;;) {
		failed = tee_ask(q, ret);
		if (failed)
			return failed == -EBADMSG ? wipe(failed) : failed;
		*ret_errors = SNP_GUEST_ERR(ret->head.vmm_error, ret->head.fw_error);
		if (ret->head.vmm_error != SNP_GUEST_VMM_ERR_BUSY)
			return *ret_errors ? wipe(-EIO) : 0;
		if (time_after(jiffies, end))
			return wipe(-ETIMEDOUT);
		tee_blobs_free(ret);
		schedule_timeout_killable(BUSY_STEP);
	}
}

/* With the host's certificates, which want *room bytes at most; what they need, if that is more.
 * The key survives it. */
static int exchange_extended(const struct test_tee_question *q, u32 *room, u64 *ret_errors,
			     struct tee_blobs *ret)
{
	int failed = exchange(q, ret_errors, ret);

	if (failed || PAGE_ALIGN(ret->head.aux_len) <= *room)
		return failed;
	*room = PAGE_ALIGN(ret->head.aux_len);
	*ret_errors = SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN);
	return -EIO;
}

int sev_report_new(struct tsm_report *report)
{
	struct test_tee_question q = { .kind = TEST_TEE_REPORT,
				       .privlevel = report->desc.privlevel };
	struct tee_blobs b = { 0 };
	u32 room = CERTS_MOST;
	u64 errors;
	int failed;

	memcpy(q.data, report->desc.inblob, sizeof(q.data));
	guard(mutex)(&command);
	failed = exchange_extended(&q, &room, &errors, &b);
	if (!failed && b.head.status)
		failed = b.head.status == STATUS_PARAMETER || b.head.status == STATUS_KEY ? -EINVAL
											  : -ENXIO;
	if (!failed) {
		report->outblob_len = b.head.out_len;
		report->auxblob_len = b.head.aux_len;
		report->outblob = no_free_ptr(b.out);
		report->auxblob = no_free_ptr(b.aux);
	}
	tee_blobs_free(&b);
	return failed;
}

/* --- ioctl ------------------------------------------------------------------------------------ */

static int copy_response(u64 to, size_t size, const struct tee_blobs *b, u32 second_word)
{
	__le32 *data __free(kfree) = kzalloc(size, GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	if (b->head.out_len > size - HEAD)
		return -EIO;
	data[0] = cpu_to_le32(b->head.status);
	data[1] = cpu_to_le32(second_word);
	memcpy((u8 *)data + HEAD, b->out, b->head.out_len);
	return copy_to_user(u64_to_user_ptr(to), data, size) ? -EFAULT : 0;
}

static struct test_tee_question question_of(const struct snp_report_req *req)
{
	struct test_tee_question q = { .kind = TEST_TEE_REPORT, .privlevel = req->vmpl };

	memcpy(q.data, req->user_data, sizeof(q.data));
	return q;
}

static int get_report(struct snp_guest_request_ioctl *r, struct tee_blobs *b)
{
	struct test_tee_question q;
	struct snp_report_req req;
	int failed;

	if (copy_from_user(&req, u64_to_user_ptr(r->req_data), sizeof(req)))
		return -EFAULT;
	q = question_of(&req);
	failed = exchange(&q, &r->exitinfo2, b);
	return failed ? failed
		      : copy_response(r->resp_data, sizeof(struct snp_report_resp), b,
				      b->head.out_len);
}

/* All of the room is written, zero behind the last certificate. */
static int copy_certs(const struct snp_ext_report_req *req, u32 room, const struct tee_blobs *b)
{
	u8 __user *to = u64_to_user_ptr(req->certs_address);

	if (!room)
		return 0;
	if (copy_to_user(to, b->aux, b->head.aux_len) ||
	    clear_user(to + b->head.aux_len, room - b->head.aux_len))
		return -EFAULT;
	return 0;
}

static int get_ext_report(struct snp_guest_request_ioctl *r, struct tee_blobs *b)
{
	struct snp_ext_report_req req;
	struct test_tee_question q;
	u32 room;
	int failed;

	if (copy_from_user(&req, u64_to_user_ptr(r->req_data), sizeof(req)))
		return -EFAULT;
	room = req.certs_address ? req.certs_len : 0;
	if (room > CERTS_MOST || room % PAGE_SIZE)
		return -EINVAL;
	q = question_of(&req.data);
	failed = exchange_extended(&q, &room, &r->exitinfo2, b);
	if (r->exitinfo2 == SNP_GUEST_VMM_ERR(SNP_GUEST_VMM_ERR_INVALID_LEN)) {
		req.certs_len = room;
		if (copy_to_user(u64_to_user_ptr(r->req_data), &req, sizeof(req)))
			return -EFAULT;
	}
	if (!failed)
		failed = copy_certs(&req, room, b);
	return failed ? failed
		      : copy_response(r->resp_data, sizeof(struct snp_report_resp), b,
				      b->head.out_len);
}

static int get_derived_key(struct snp_guest_request_ioctl *r, struct tee_blobs *b)
{
	struct test_tee_question q = { .kind = TEST_TEE_KEY };
	int failed;

	BUILD_BUG_ON(sizeof(struct snp_derived_key_req) > sizeof(q.data));
	if (copy_from_user(q.data, u64_to_user_ptr(r->req_data),
			   sizeof(struct snp_derived_key_req)))
		return -EFAULT;
	failed = exchange(&q, &r->exitinfo2, b);
	if (!failed && !b->head.status && b->head.out_len != KEY)
		failed = -EIO;
	return failed ? failed
		      : copy_response(r->resp_data, sizeof(struct snp_derived_key_resp), b, 0);
}

static int answer(unsigned int cmd, struct snp_guest_request_ioctl *r)
{
	struct tee_blobs b = { 0 };
	int failed;

	if (!r->req_data || !r->resp_data)
		return -EINVAL;
	switch (cmd) {
	case SNP_GET_REPORT:
		failed = get_report(r, &b);
		break;
	case SNP_GET_EXT_REPORT:
		failed = get_ext_report(r, &b);
		break;
	default:
		failed = get_derived_key(r, &b);
	}
	tee_blobs_free(&b);
	return failed;
}

static long sev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct snp_guest_request_ioctl r;
	int failed;

	if (copy_from_user(&r, user, sizeof(r)))
		return -EFAULT;
	r.exitinfo2 = NOT_CALLED;
	if (!r.msg_version)
		return -EINVAL;
	guard(mutex)(&command);
	if (is_wiped)
		return -ENOTTY;
	if (cmd != SNP_GET_REPORT && cmd != SNP_GET_EXT_REPORT && cmd != SNP_GET_DERIVED_KEY)
		return -ENOTTY;
	failed = answer(cmd, &r);
	/* Without an error in it the caller keeps what it left there. */
	if (r.exitinfo2 && copy_to_user(user, &r, sizeof(r)))
		return -EFAULT;
	return failed;
}

static const struct file_operations sev_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = sev_ioctl,
};

static struct miscdevice sev_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "sev-guest",
	.fops = &sev_fops,
};

int sev_register(void)
{
	return misc_register(&sev_device);
}
