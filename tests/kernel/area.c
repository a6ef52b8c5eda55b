// SPDX-License-Identifier: GPL-2.0
/*
 * The EFI secret area as the kernel's efi_secret shows it, which this kernel lacks: a file an
 * entry beneath securityfs' secrets/coco, whose unlink() wipes the bytes and takes the name away.
 * When the guest powers off it says what has become of them, of ours and of somebody else's.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "desk.h"

#define OTHER_GUID  "736869e5-84f0-4973-92ec-06879ce3da0b" /* in use for disks' passphrases */
#define OTHER_BYTES "somebody else's passphrase"

struct entry {
	u8 bytes[TEST_TEE_AREA_BYTES];
	u32 len;
	unsigned int reads;
	bool is_erased;
};

static struct entry ours;
static struct entry other = { .bytes = OTHER_BYTES, .len = sizeof(OTHER_BYTES) };

static int entry_show(struct seq_file *file, void *data)
{
	struct entry *e = file->private;

	if (!e)
		return 0;
	e->reads++;
	seq_write(file, e->bytes, e->len);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(entry);

static int area_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct entry *e = inode->i_private;

	if (e) {
		memzero_explicit(e->bytes, e->len);
		e->is_erased = true;
	}
	inode->i_private = NULL;
	return simple_unlink(dir, dentry);
}

static const struct inode_operations area_operations = {
	.lookup = simple_lookup,
	.unlink = area_unlink,
};

/* Of the bytes themselves, not of what was asked for. */
static const char *state_of(const struct entry *e)
{
	if (!e->len)
		return "absent";
	if (memchr_inv(e->bytes, 0, e->len))
		return e->is_erased ? "erased in part" : "there";
	return e->is_erased ? "erased" : "lost";
}

/* As an error, since a quiet console shows nothing less. */
static int tell(struct notifier_block *block, unsigned long action, void *data)
{
	pr_err("test_tee: secret area: ours is %s, read %u times; the other is %s, read %u times\n",
	       state_of(&ours), ours.reads, state_of(&other), other.reads);
	return NOTIFY_DONE;
}

static struct notifier_block at_end = { .notifier_call = tell };

static int add(const char *guid, struct dentry *area, struct entry *e)
{
	struct dentry *file = securityfs_create_file(guid, 0440, area, e, &entry_fops);

	return PTR_ERR_OR_ZERO(file);
}

int area_register(const struct test_tee_area *area)
{
	struct dentry *secrets = securityfs_create_dir("secrets", NULL), *coco;
	int failed;

	if (IS_ERR(secrets))
		return PTR_ERR(secrets);
	coco = securityfs_create_dir("coco", secrets);
	if (IS_ERR(coco))
		return PTR_ERR(coco);
	d_inode(coco)->i_op = &area_operations;
	ours.len = min_t(u32, area->len, sizeof(ours.bytes));
	memcpy(ours.bytes, area->secret, ours.len);
	failed = add(OTHER_GUID, coco, &other);
	if (!failed && ours.len)
		failed = add(area->guid, coco, &ours);
	return failed ? failed : register_reboot_notifier(&at_end);
}
