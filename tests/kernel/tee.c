// SPDX-License-Identifier: GPL-2.0
/*
 * A TEE for guests without one: registers with configfs-tsm under the name of a real driver, and
 * passes each question to a program, which it starts itself. It signs nothing; what it hands on
 * is as true as the roots that the program was given.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kmod.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/tsm.h>
#include <linux/uaccess.h>
#include <linux/umh.h>
#include <linux/wait.h>

#include "desk.h"

#define SERVER	   "/usr/lib/sealinit/tests/tee"
#define START_MS   20000
#define ANSWER_MS  30000
#define TDX_REPORT 1024
#define REGISTER   48

struct tdx_report_req {
	__u8 reportdata[TEST_TEE_DATA_BYTES];
	__u8 tdreport[TDX_REPORT];
};
#define TDX_CMD_GET_REPORT0 _IOWR('T', 1, struct tdx_report_req)

static struct test_tee_hello hello;
static DECLARE_COMPLETION(started);
static DECLARE_COMPLETION(answered);
static DECLARE_WAIT_QUEUE_HEAD(asked);
static DEFINE_MUTEX(asking); /* one question at a time */
static DEFINE_MUTEX(desk);   /* question, state and answer */
static enum { IDLE, ASKED, TAKEN } state;
static struct test_tee_question question;
static struct tee_blobs answer;
static struct tsm_ops ops;

void tee_blobs_free(struct tee_blobs *b)
{
	kvfree(b->out);
	kvfree(b->aux);
	*b = (struct tee_blobs){ 0 };
}

int tee_ask(const struct test_tee_question *q, struct tee_blobs *ret)
{
	unsigned long left;

	guard(mutex)(&asking);
	mutex_lock(&desk);
	reinit_completion(&answered);
	question = *q;
	state = ASKED;
	mutex_unlock(&desk);
	wake_up_interruptible(&asked);

	left = wait_for_completion_timeout(&answered, msecs_to_jiffies(ANSWER_MS));
	guard(mutex)(&desk);
	state = IDLE;
	*ret = answer;
	answer = (struct tee_blobs){ 0 };
	if (!left && !ret->out)
		return -ETIMEDOUT;
	return ret->head.error;
}

/* configfs-tsm counts the writes behind its reports (drivers/virt/coco/tsm.c), under the lock that
 * is held here. So it looks to the reader when another one wrote before the answer came. */
static void overtake(struct tsm_report *report)
{
	unsigned long *write_generation = (unsigned long *)(report + 1);

	++*write_generation;
	pr_err("test_tee: overtaken by another writer\n");
}

static int report_new(struct tsm_report *report, void *data)
{
	struct test_tee_question q = { .kind = TEST_TEE_REPORT };
	struct tee_blobs b = { 0 };
	int failed;

	if (report->desc.inblob_len != sizeof(q.data))
		return -EINVAL;
	if (hello.has_sev_device)
		return sev_report_new(report);
	q.privlevel = report->desc.privlevel;
	memcpy(q.data, report->desc.inblob, sizeof(q.data));
	failed = tee_ask(&q, &b);
	if (!failed && b.head.is_overtaken)
		overtake(report);
	if (!failed) {
		report->outblob_len = b.head.out_len;
		report->auxblob_len = b.head.aux_len;
		report->outblob = no_free_ptr(b.out);
		report->auxblob = no_free_ptr(b.aux);
	}
	tee_blobs_free(&b);
	return failed;
}

static bool attr_visible(int n)
{
	switch (n) {
	case TSM_REPORT_GENERATION:
	case TSM_REPORT_PROVIDER:
		return true;
	case TSM_REPORT_PRIVLEVEL:
	case TSM_REPORT_PRIVLEVEL_FLOOR:
		return !hello.tdx_device[0];
	}
	return false;
}

static bool bin_attr_visible(int n)
{
	return n == TSM_REPORT_INBLOB || n == TSM_REPORT_OUTBLOB ||
	       (n == TSM_REPORT_AUXBLOB && !hello.tdx_device[0]);
}

static long tdx_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tdx_report_req __user *user = (void __user *)arg;
	struct test_tee_question q = { .kind = TEST_TEE_TDREPORT };
	struct tee_blobs b = { 0 };
	long failed;

	if (cmd != TDX_CMD_GET_REPORT0)
		return -ENOTTY;
	if (copy_from_user(q.data, user->reportdata, sizeof(q.data)))
		return -EFAULT;
	failed = tee_ask(&q, &b);
	if (!failed && b.head.out_len != TDX_REPORT)
		failed = -EIO;
	if (!failed && copy_to_user(user->tdreport, b.out, TDX_REPORT))
		failed = -EFAULT;
	tee_blobs_free(&b);
	return failed;
}

static const struct file_operations tdx_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tdx_ioctl,
};

/* A register's file: read whole, or extended by one write of its length. */
static ssize_t measure(__u32 kind, const char *digest, char *value)
{
	struct test_tee_question q = { .kind = kind };
	struct tee_blobs b = { 0 };
	ssize_t done;

	if (digest)
		memcpy(q.data, digest, REGISTER);
	done = tee_ask(&q, &b);
	if (!done)
		done = b.head.out_len == REGISTER ? REGISTER : -EIO;
	if (done > 0 && value)
		memcpy(value, b.out, REGISTER);
	tee_blobs_free(&b);
	return done;
}

static ssize_t measurement_read(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
				char *to, loff_t at, size_t size)
{
	char value[REGISTER];
	ssize_t done = measure((unsigned long)attr->private, NULL, value);

	return done < 0 ? done : memory_read_from_buffer(to, size, &at, value, sizeof(value));
}

static ssize_t rtmr3_write(struct file *file, struct kobject *kobj, struct bin_attribute *attr,
			   char *from, loff_t at, size_t size)
{
	return at || size != REGISTER ? -EINVAL : measure(TEST_TEE_EXTEND, from, NULL);
}

static struct bin_attribute mrconfigid = {
	.attr = { .name = "mrconfigid", .mode = 0444 },
	.private = (void *)TEST_TEE_MRCONFIGID,
	.size = REGISTER,
	.read = measurement_read,
};

static struct bin_attribute rtmr3 = {
	.attr = { .name = "rtmr3:sha384", .mode = 0644 },
	.private = (void *)TEST_TEE_RTMR3,
	.size = REGISTER,
	.read = measurement_read,
	.write = rtmr3_write,
};

static struct bin_attribute *measurements[] = { &mrconfigid, &rtmr3, NULL };

static const struct attribute_group measurement_group = {
	.name = "measurements",
	.bin_attrs = measurements,
};

static const struct attribute_group *tdx_groups[] = { &measurement_group, NULL };

static struct miscdevice tdx_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = hello.tdx_device,
	.fops = &tdx_fops,
	.groups = tdx_groups,
};

static int take_hello(const char __user *from)
{
	int failed;

	if (copy_from_user(&hello, from, sizeof(hello)))
		return -EFAULT;
	hello.provider[sizeof(hello.provider) - 1] = 0;
	hello.tdx_device[sizeof(hello.tdx_device) - 1] = 0;
	failed = hello.area.is_there ? area_register(&hello.area) : 0;
	memzero_explicit(&hello.area, sizeof(hello.area));
	if (failed || !hello.provider[0]) {
		complete(&started);
		return failed ? failed : -ENODEV;
	}
	ops = (struct tsm_ops){
		.name = hello.provider,
		.privlevel_floor = hello.privlevel_floor,
		.report_new = report_new,
		.report_attr_visible = attr_visible,
		.report_bin_attr_visible = bin_attr_visible,
	};
	failed = hello.has_no_configfs ? 0 : tsm_register(&ops, NULL);
	if (!failed && hello.tdx_device[0])
		failed = misc_register(&tdx_device);
	if (!failed && hello.has_sev_device)
		failed = sev_register();
	complete(&started);
	return failed;
}

static u8 *take_blob(const char __user *from, u32 len)
{
	return len ? vmemdup_user(from, len) : NULL;
}

static int take_answer(const char __user *from, size_t size)
{
	struct test_tee_answer head;
	struct tee_blobs b = { 0 };

	if (size < sizeof(head) || copy_from_user(&head, from, sizeof(head)))
		return -EFAULT;
	if (head.out_len > TEST_TEE_BLOB_BYTES || head.aux_len > TEST_TEE_BLOB_BYTES ||
	    size != sizeof(head) + head.out_len + head.aux_len)
		return -EINVAL;
	b = (struct tee_blobs){ .head = head };
	b.out = take_blob(from + sizeof(head), head.out_len);
	b.aux = take_blob(from + sizeof(head) + head.out_len, head.aux_len);
	if (IS_ERR(b.out) || IS_ERR(b.aux))
		return -ENOMEM;
	guard(mutex)(&desk);
	if (state != TAKEN) {
		tee_blobs_free(&b);
		return -ENODATA;
	}
	answer = b;
	complete(&answered);
	return 0;
}

static ssize_t tee_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	int failed;

	if (!hello.provider[0])
		failed = size == sizeof(hello) ? take_hello(from) : -EINVAL;
	else
		failed = take_answer(from, size);
	return failed ? failed : size;
}

static ssize_t tee_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	if (size != sizeof(question))
		return -EINVAL;
	if (wait_event_interruptible(asked, READ_ONCE(state) == ASKED))
		return -ERESTARTSYS;
	guard(mutex)(&desk);
	if (state != ASKED)
		return -EAGAIN;
	if (copy_to_user(to, &question, sizeof(question)))
		return -EFAULT;
	state = TAKEN;
	return sizeof(question);
}

static const struct file_operations tee_fops = {
	.owner = THIS_MODULE,
	.read = tee_read,
	.write = tee_write,
};

static struct miscdevice tee_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = TEST_TEE_NAME,
	.fops = &tee_fops,
};

/* Returns when the program has said which TEE this is, since whoever loads modules looks for it
 * right afterwards. In a guest that shall have none it stays, and does nothing. */
static int __init tee_init(void)
{
	static char *argv[] = { SERVER, NULL };
	static char *envp[] = { "PATH=", NULL };
	int failed = misc_register(&tee_device);

	if (failed)
		return failed;
	failed = call_usermodehelper(SERVER, argv, envp, UMH_WAIT_EXEC);
	if (!failed && !wait_for_completion_timeout(&started, msecs_to_jiffies(START_MS)))
		failed = -ETIMEDOUT;
	if (failed)
		misc_deregister(&tee_device);
	return failed;
}

module_init(tee_init);
MODULE_DESCRIPTION("A TEE for sealinit's tests");
MODULE_LICENSE("GPL");
