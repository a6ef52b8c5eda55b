/*
 * The way of a boot inside attest, as a table: config, net, broker (with evidence), keys, volumes.
 * Each stage has a deadline, and is told to PID 1 when it begins and when it ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/broker/kbs.h"
#include "attest/config/source.h"
#include "attest/devices.h"
#include "attest/evidence/driver.h"
#include "attest/evidence/rtmr.h"
#include "attest/eventlog/ownlog.h"
#include "attest/keys.h"
#include "attest/net/resolve.h"
#include "base/err.h"
#include "base/secret.h"

/* What the stages do to the world, so that tests can stand in for it. */
struct boot_ops {
	int (*net_up)(const struct config_net *net, uint64_t deadline_ms, char *ret_text,
		      size_t size, struct err *e);
	int (*drop_privilege)(struct err *e);
	int (*kbs_new)(const struct kbs_config *config, const char *tee, struct span initdata_toml,
		       const struct kbs_io *io, struct kbs **ret, struct err *e);
	int (*kbs_fetch)(struct kbs *k, const char *path, uint64_t deadline_ms, struct secret *ret,
			 struct err *e);
	struct kbs_counts (*kbs_counts)(const struct kbs *k);
	void (*kbs_free)(struct kbs *k);
};

extern const struct boot_ops boot_ops;

struct boot {
	/* Given: loans. */
	const struct boot_ops *ops;
	int control; /* to PID 1                     */
	int answers; /* what it answers to us; may be the same socket */
	int life;
	int eventlog;
	struct evidence_devices dev;
	struct config_source source;

	/* Made on the way. */
	struct loaded loaded;
	struct evidence evidence;
	struct rtmr rtmr;
	struct ownlog log;
	struct buf policy; /* what tenants may (policy.h) */
	struct devices devices;
	struct resolver resolver;
	struct kbs_config kbs_config;
	struct kbs *kbs;    /* NULL without a broker         */
	struct secret root; /* from its release to the keys  */
	struct keys keys;
	uint64_t evidence_start_us; /* the driver's share of the broker stage */
	uint64_t evidence_us;
	bool is_over; /* no more stages are told */
};

/*
 * Runs all stages, and says MSG_READY; or says which one failed, by MSG_STAGE and MSG_FAILED, and
 * returns its -kind with its text. `b` must stay where it is for the life of the broker session.
 */
int boot_run(struct boot *b, struct err *e);

/* Frees and wipes what was made. */
void boot_done(struct boot *b);
