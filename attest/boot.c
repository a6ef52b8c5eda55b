#include "attest/boot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "attest/events.h"
#include "attest/evidence/findings.h"
#include "attest/evidence/probe.h"
#include "attest/key/release.h"
#include "attest/key/root.h"
#include "attest/life.h"
#include "attest/net/net.h"
#include "attest/policy.h"
#include "attest/privilege.h"
#include "attest/tell.h"
#include "attest/tpm/counter.h"
#include "attest/tpm/pcr.h"
#include "attest/volumes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define TEXT_BYTES 160

const struct boot_ops boot_ops = {
	.net_up = net_up,
	.drop_privilege = privilege_drop,
	.kbs_new = kbs_new,
	.kbs_fetch = kbs_fetch,
	.kbs_counts = kbs_counts,
	.kbs_free = kbs_free,
};

/* --- config --- */

static int tell_config(struct boot *b, struct err *e)
{
	const struct msg_config *m = &b->loaded.config.init;
	AUTO_FD int document = fd_seal_bytes("sealinit-document", buf_view(&b->loaded.document), e);

	if (document < 0)
		return document;
	return tell(b->control, MSG_CONFIG, 0, span(m, sizeof(*m)), document, e);
}

static int tell_trust(struct boot *b, struct err *e)
{
	struct msg_trust *m = &b->loaded.trust;

	(void)snprintf(m->tee, sizeof(m->tee), "%s", b->evidence.driver->tee);
	(void)snprintf(m->log, sizeof(m->log), "%s", b->log.reg.strength);
	return tell(b->control, MSG_TRUST, 0, span(m, sizeof(*m)), -1, e);
}

/* Also what led to a refusal is told: somebody has to find out why. */
static int choose(struct boot *b, struct err *e)
{
	int failed = evidence_choose(&b->evidence, b->loaded.config.tee, e);
	int lost = 0;

	b->evidence.wants_gpus = b->loaded.config.gpus.count > 0;
	for (size_t i = 0; i < FINDINGS && !lost; i++) {
		const struct msg_finding f = finding(&b->evidence, i);

		lost = tell(b->control, MSG_FINDING, 0, span(&f, sizeof(f)), -1,
			    failed ? &(struct err){ 0 } : e);
	}
	return failed ? failed : lost;
}

static void take_nameservers(const struct config_net *net, struct resolver *ret)
{
	*ret = (struct resolver){ .files = resolve_files, .port = 53 };
	ret->given.count = net->nameserver_count;
	memcpy(ret->given.at, net->nameservers, sizeof(ret->given.at));
}

static const char *measurer(const struct boot *b)
{
	if (b->loaded.trust.config_measured)
		return b->loaded.trust.config_register;
	return b->loaded.is_envelope ? "nothing" : "whatever measured the image";
}

struct pcr_way {
	struct tpm *tpm;
	uint64_t deadline_ms;
};

static int read_pcr(void *ctx, uint8_t ret[static MEASURED_PCR_BYTES], struct err *e)
{
	const struct pcr_way *w = ctx;

	return tpm_pcr_read(w->tpm, TPM_PCR_INITDATA, w->deadline_ms, ret, e);
}

static int extend_pcr(void *ctx, const uint8_t digest[static MEASURED_PCR_BYTES], struct err *e)
{
	const struct pcr_way *w = ctx;

	return tpm_pcr_extend(w->tpm, TPM_PCR_INITDATA, w->deadline_ms, digest, e);
}

static int load(struct boot *b, const struct evidence_platform *platform, uint64_t deadline_ms,
		struct err *e)
{
	struct pcr_way way = { b->dev.tpm, deadline_ms };
	const struct measured_pcr pcr = { read_pcr, extend_pcr, &way };

	return config_load(&b->source, platform, b->dev.tpm ? &pcr : NULL, &b->loaded, e);
}

/* The strongest register that the evidence covers: the choice is the machine's and the
 * configuration's, and a restart finds the same. */
static int open_log(struct boot *b, struct err *e)
{
	struct log_register reg;

	if (b->evidence.driver == &evidence_tpm) {
		reg = tpm_log_register(b->dev.tpm);
	} else if (b->dev.rtmr >= 0) {
		b->rtmr.fd = b->dev.rtmr;
		reg = rtmr_register(&b->rtmr);
	} else {
		return ownlog_open(b->eventlog, NULL, &b->log, e);
	}
	b->evidence.log = &b->log;
	return ownlog_open(b->eventlog, &reg, &b->log, e);
}

/* Both are measured: what the guest is to be, and what of it tenants may use. */
static int log_what_holds(struct boot *b, struct err *e)
{
	int failed = events_config(&b->log, &b->loaded, e);

	if (!failed)
		failed = policy_text(&b->loaded.config, &b->policy, e);
	return failed ? failed : events_policy(&b->log, buf_view(&b->policy), e);
}

static int run_config(struct boot *b, uint64_t deadline_ms, char *text, struct err *e)
{
	struct evidence_platform platform;
	int failed = evidence_probe(&b->dev, &b->evidence, e);

	if (!failed)
		failed = evidence_platform(&b->evidence, deadline_ms, &platform, e);
	if (!failed)
		failed = load(b, &platform, deadline_ms, e);
	/* PID 1 hears first what the owner wants to happen on failure. */
	if (!failed)
		failed = tell_config(b, e);
	if (!failed)
		failed = choose(b, e);
	if (!failed)
		failed = open_log(b, e);
	if (!failed)
		failed = log_what_holds(b, e);
	if (!failed)
		failed = tell_trust(b, e);
	if (failed)
		return failed;
	take_nameservers(&b->loaded.config.net, &b->resolver);
	(void)snprintf(text, TEXT_BYTES, "%s %.24s..., measured by %s",
		       b->loaded.trust.config_source, b->loaded.trust.config_digest, measurer(b));
	return 0;
}

static uint64_t limit_config(const struct boot *b)
{
	(void)b;
	return LIMIT_CONFIG_MS;
}

/* --- net --- */

static bool is_net_wanted(const struct boot *b)
{
	return b->loaded.config.net.is_given || b->loaded.config.broker.is_given;
}

static int run_net(struct boot *b, uint64_t deadline_ms, char *text, struct err *e)
{
	return b->ops->net_up(&b->loaded.config.net, deadline_ms, text, TEXT_BYTES, e);
}

static uint64_t limit_net(const struct boot *b)
{
	return b->loaded.config.net.deadline_ms;
}

/* --- broker and evidence --- */

static bool is_broker_wanted(const struct boot *b)
{
	return b->loaded.config.broker.is_given;
}

static int on_resolve(void *ctx, const char *host, uint64_t deadline_ms,
		      struct sockaddr_storage *ret, socklen_t *ret_len, struct err *e)
{
	const struct boot *b = ctx;

	return resolve_host(&b->resolver, host, deadline_ms, ret, ret_len, e);
}

/* A failure that the session tries again isn't the stage's end. */
static int tell_evidence(struct boot *b, int failed, const struct err *why, struct err *e)
{
	enum stage_state state = failed ? STAGE_FAILED : STAGE_DONE;

	if (b->is_over || failed == -(int)FAIL_AGAIN)
		return 0;
	return tell_stage(b->control, STAGE_EVIDENCE, state, b->evidence_start_us,
			  b->evidence_start_us + b->evidence_us, b->evidence.driver->tee,
			  failed ? why : NULL, e);
}

/* The stage runs from the first device or report that is asked for. */
static int begin_evidence(struct boot *b, uint64_t now_us, struct err *e)
{
	if (b->is_over || b->evidence_start_us)
		return 0;
	b->evidence_start_us = now_us;
	return tell_stage(b->control, STAGE_EVIDENCE, STAGE_RUNNING, now_us, 0, "", NULL, e);
}

/* GPUs first: the report of the CPU covers theirs. */
static int on_devices(void *ctx, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		      struct err *e)
{
	struct boot *b = ctx;
	uint64_t start_us = clock_boot_us();
	int failed = begin_evidence(b, start_us, e);

	if (failed)
		return failed;
	failed = devices_evidence(&b->devices, report_data, deadline_ms, ret, e);
	b->evidence_us += clock_boot_us() - start_us;
	if (failed)
		(void)tell_evidence(b, failed, e, &(struct err){ 0 });
	return failed;
}

static int on_evidence(void *ctx, struct span report_data, uint64_t deadline_ms, cJSON **ret,
		       struct err *e)
{
	struct boot *b = ctx;
	uint64_t start_us = clock_boot_us();
	cJSON *evidence = NULL;
	int failed = begin_evidence(b, start_us, e), lost;

	if (failed)
		return failed;
	failed = evidence_report(&b->evidence, report_data, deadline_ms, &evidence, e);
	b->evidence_us += clock_boot_us() - start_us;
	lost = tell_evidence(b, failed, e, &(struct err){ 0 });
	if (lost) {
		json_done(&evidence);
		return failed ? failed : FAIL(e, FAIL_SYS, "PID 1 doesn't listen");
	}
	if (!failed)
		*ret = evidence;
	return failed;
}

static int open_session(struct boot *b, struct err *e)
{
	const struct config_broker *c = &b->loaded.config.broker;
	const struct kbs_io io = {
		.resolve = on_resolve,
		.evidence = on_evidence,
		.devices = b->loaded.config.gpus.is_given ? on_devices : NULL,
		.ctx = b,
	};

	b->devices.want = b->loaded.config.gpus;
	b->devices.way = (struct gpu_way){ .control = b->control, .answers = b->answers };
	b->kbs_config = (struct kbs_config){
		.url = c->url,
		.roots_pem = buf_view(&c->roots),
		.server_name = *c->server_name ? c->server_name : NULL,
		.insecure = c->insecure,
	};
	return b->ops->kbs_new(&b->kbs_config, b->evidence.driver->tee,
			       b->loaded.is_envelope ? buf_view(&b->loaded.document) : SPAN_EMPTY,
			       &io, &b->kbs, e);
}

/* A broker whose secrets are the tenants' alone is asked when the first of them asks. */
static int leave_to_tenants(struct boot *b, char *text, struct err *e)
{
	uint64_t now = clock_boot_us();

	(void)snprintf(text, TEXT_BYTES, "for tenants' secrets: asked when they are");
	return tell_stage(b->control, STAGE_EVIDENCE, STAGE_SKIPPED, now, now, "nobody asked yet",
			  NULL, e);
}

static int run_broker(struct boot *b, uint64_t deadline_ms, char *text, struct err *e)
{
	const char *path = b->loaded.config.broker.root_secret;
	AUTO_SECRET struct secret resource = SECRET_EMPTY;
	struct kbs_counts counts;
	int failed = open_session(b, e);

	if (!failed && b->loaded.config.root != ROOT_BROKER)
		return leave_to_tenants(b, text, e);
	if (!failed)
		failed = b->ops->kbs_fetch(b->kbs, path, deadline_ms, &resource, e);
	if (!failed)
		failed = release_root(&resource, path, &b->root, e);
	if (!failed)
		failed = events_secret(&b->log, path, e);
	if (!failed)
		failed = devices_let_work(&b->devices, &b->log, deadline_ms, e);
	if (failed)
		return failed;
	counts = b->ops->kbs_counts(b->kbs);
	(void)snprintf(text, TEXT_BYTES,
		       "%" PRIu32 " round trips, %" PRIu32 " evidence request%s, %" PRIu64
		       " ms of waiting",
		       counts.round_trips, counts.evidence_requests,
		       counts.evidence_requests == 1 ? "" : "s", counts.waiting_us / 1000);
	return 0;
}

static uint64_t limit_broker(const struct boot *b)
{
	return b->loaded.config.broker.deadline_ms;
}

/* --- keys --- */

static int run_keys(struct boot *b, uint64_t deadline_ms, char *text, struct err *e)
{
	AUTO_SECRET struct secret life = SECRET_EMPTY;
	struct root_ground ground = {
		.config = &b->loaded.config,
		.dev = &b->dev,
		.is_pcr_ours = b->loaded.is_pcr_ours,
	};
	int failed = life_root(b->life, &life, e);

	ground.life = secret_view(&life);
	if (!failed)
		failed = root_make(&ground, deadline_ms, &b->root, e);
	if (!failed)
		failed = keys_make(&b->loaded.config, secret_view(&b->root), secret_view(&life),
				   &b->keys, e);
	secret_done(&b->root);
	if (failed)
		return failed;
	(void)snprintf(text, TEXT_BYTES, "%" PRIu32 " sealing keys, %zu volumes, of %s",
		       ((const struct msg_seal_keys *)b->keys.seal.at)->count,
		       b->loaded.config.volume_count, root_name(b->loaded.config.root));
	return 0;
}

static uint64_t limit_keys(const struct boot *b)
{
	return root_limit_ms(b->loaded.config.root);
}

/* --- volumes --- */

static bool is_volumes_wanted(const struct boot *b)
{
	return b->loaded.config.volume_count > 0;
}

static int on_opened(void *ctx, const struct msg_volume *v, struct err *e)
{
	struct boot *b = ctx;

	return events_volume(&b->log, v, e);
}

_Static_assert(ANCHOR_ID_BYTES == TPM_SHA256_BYTES, "a TPM's is a digest");

static int read_counter(void *tpm, const char *volume, uint64_t deadline_ms, uint64_t *ret,
			uint8_t ret_id[static ANCHOR_ID_BYTES], struct err *e)
{
	return tpm_counter_read(tpm, volume, deadline_ms, ret, ret_id, e);
}

static int raise_counter(void *tpm, const char *volume, uint64_t deadline_ms, uint64_t *ret,
			 struct err *e)
{
	return tpm_counter_raise(tpm, volume, deadline_ms, ret, e);
}

static int run_volumes(struct boot *b, uint64_t deadline_ms, char *text, struct err *e)
{
	const struct anchor counters = { read_counter, raise_counter, b->dev.tpm };
	const struct volumes_way way = {
		.control = b->control,
		.answers = b->answers,
		.anchor = b->dev.tpm ? &counters : NULL,
		.opened = on_opened,
		.ctx = b,
	};
	int failed =
		volumes_open(&way, &b->loaded.config, &b->keys, deadline_ms, text, TEXT_BYTES, e);

	secret_done(&b->keys.volumes);
	return failed;
}

static uint64_t limit_volumes(const struct boot *b)
{
	return (uint64_t)VOLUMES_ONE_MS * b->loaded.config.volume_count;
}

/* --- the table --- */

static const struct row {
	enum stage stage;
	bool (*is_wanted)(const struct boot *b); /* NULL: always */
	uint64_t (*limit_ms)(const struct boot *b);
	int (*run)(struct boot *b, uint64_t deadline_ms, char *text, struct err *e);
} rows[] = {
	{ STAGE_CONFIG, NULL, limit_config, run_config },
	{ STAGE_NET, is_net_wanted, limit_net, run_net },
	{ STAGE_BROKER, is_broker_wanted, limit_broker, run_broker },
	{ STAGE_KEYS, NULL, limit_keys, run_keys },
	{ STAGE_VOLUMES, is_volumes_wanted, limit_volumes, run_volumes },
};

/* Capabilities are for the link alone; whether it was wanted or not, they go when its turn is over.
 */
static int after(struct boot *b, enum stage stage, struct err *e)
{
	return stage == STAGE_NET ? b->ops->drop_privilege(e) : 0;
}

static int skip(struct boot *b, enum stage stage, struct err *e)
{
	uint64_t now = clock_boot_us();
	int failed = tell_stage(b->control, stage, STAGE_SKIPPED, now, now,
				"the configuration has none", NULL, e);

	if (!failed && stage == STAGE_BROKER)
		failed = tell_stage(b->control, STAGE_EVIDENCE, STAGE_SKIPPED, now, now,
				    "nobody asked", NULL, e);
	return failed ? failed : after(b, stage, e);
}

static int run_row(struct boot *b, const struct row *row, struct err *e)
{
	uint64_t start_us = clock_boot_us();
	char text[TEXT_BYTES] = "";
	int failed;

	if (row->is_wanted && !row->is_wanted(b))
		return skip(b, row->stage, e);
	failed = tell_stage(b->control, row->stage, STAGE_RUNNING, start_us, 0, "", NULL, e);
	if (!failed)
		failed = row->run(b, deadline_in(row->limit_ms(b)), text, e);
	if (!failed)
		failed = after(b, row->stage, e);
	if (failed)
		return failed;
	return tell_stage(b->control, row->stage, STAGE_DONE, start_us, clock_boot_us(), text, NULL,
			  e);
}

/* If PID 1 can't hear us any more, it sees us end. */
static int give_up(struct boot *b, enum stage stage, uint64_t start_us, const struct err *why)
{
	struct err lost = { 0 };

	b->is_over = true;
	if (!tell_stage(b->control, stage, STAGE_FAILED, start_us, clock_boot_us(), "", why, &lost))
		(void)tell_failed(b->control, stage, why, &lost);
	return -(int)why->kind;
}

int boot_run(struct boot *b, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t start_us = clock_boot_us();

		if (run_row(b, &rows[i], e) < 0)
			return give_up(b, rows[i].stage, start_us, e);
	}
	b->is_over = true;
	if (events_ready(&b->log, e) < 0)
		return give_up(b, STAGE_KEYS, clock_boot_us(), e);
	return tell(b->control, MSG_READY, 0, SPAN_EMPTY, -1, e);
}

void boot_done(struct boot *b)
{
	if (b->kbs)
		b->ops->kbs_free(b->kbs);
	b->kbs = NULL;
	secret_done(&b->root);
	keys_done(&b->keys);
	buf_done(&b->policy);
	devices_done(&b->devices);
	loaded_done(&b->loaded);
	ownlog_close(&b->log);
}
