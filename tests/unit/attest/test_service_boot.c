/* The boot as a table, seen from PID 1's end of the control pair. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/evidence/findings.h"
#include "attest/keys.h"
#include "attest/life.h"
#include "attest/tell.h"
#include "attest/tpm/pcr.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/roles.h"
#include "tests/unit/attest/fake_boot.h"
#include "tests/unit/attest/fake_tpm.h"

#define SCRATCH "\"volumes\":[{\"name\":\"s\",\"device\":\"/dev/vdb\",\"create\":\"always\"}]"

static void hears_config(struct fake_boot *fake, struct msg_config *ret)
{
	AUTO_FD int document = -1;
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct ipc_msg m;

	fake_boot_hears_stage(fake, STAGE_CONFIG, STAGE_RUNNING);
	m = fake_boot_hears(fake, MSG_CONFIG, &document);
	cr_assert_eq(ipc_body(&m, ret, sizeof(*ret), NULL), 0);
	cr_assert_eq(fd_unseal_bytes(document, 4096, &text, NULL), 0, "a sealed document");
	cr_assert_eq(text.at[0], '{');
	for (size_t i = 0; i < FINDINGS; i++)
		fake_boot_hears(fake, MSG_FINDING, NULL);
	fake_boot_hears(fake, MSG_TRUST, NULL);
	fake_boot_hears_stage(fake, STAGE_CONFIG, STAGE_DONE);
}

static void hears_pair(struct fake_boot *fake, enum stage stage)
{
	fake_boot_hears_stage(fake, stage, STAGE_RUNNING);
	fake_boot_hears_stage(fake, stage, STAGE_DONE);
}

Test(service_boot, goes_through_all_stages_with_a_broker)
{
	struct fake_boot fake;
	struct msg_config config;
	struct msg_stage s;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"on_failure\":\"degraded\"," FAKE_BROKER "}");
	fake_world.asks_evidence = true;
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	hears_config(&fake, &config);
	cr_expect_eq(config.degraded, 1);
	hears_pair(&fake, STAGE_NET);
	fake_boot_hears_stage(&fake, STAGE_BROKER, STAGE_RUNNING);
	hears_pair(&fake, STAGE_EVIDENCE);
	s = fake_boot_hears_stage(&fake, STAGE_BROKER, STAGE_DONE);
	cr_expect_str_eq(s.text, "4 round trips, 1 evidence request, 7 ms of waiting");
	fake_boot_hears_stage(&fake, STAGE_KEYS, STAGE_RUNNING);
	s = fake_boot_hears_stage(&fake, STAGE_KEYS, STAGE_DONE);
	cr_expect_str_eq(s.text, "3 sealing keys, 0 volumes, of the broker's root");
	fake_boot_hears_stage(&fake, STAGE_VOLUMES, STAGE_SKIPPED);
	fake_boot_hears(&fake, MSG_READY, NULL);
	cr_expect_str_eq(fake_world.fetched, FAKE_ROOT);
	cr_expect_str_eq(fake_world.tee, "sample");
	cr_expect_eq(fake_world.initdata.len, 0, "the image's file is no initdata");
	cr_expect_eq(fake_world.drops, 1);
	cr_expect_null(fake.boot.root.at, "the root secret is wiped as soon as there are keys");
	fake_boot_done(&fake);
	cr_expect_eq(fake_world.frees, 1);
}

/* Its keys last as long as the guest, which is longer than one life of ours. */
Test(service_boot, a_random_root_is_the_same_after_a_restart)
{
	struct fake_boot fake;
	struct msg_seal_keys first;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\",\"root_secret\":\"random\"}");
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_assert_eq(fake.boot.keys.seal.len, sizeof(first));
	memcpy(&first, fake.boot.keys.seal.at, sizeof(first));
	cr_expect_eq(first.count, 3);
	cr_expect_neq(memcmp(first.keys[0].key, first.keys[1].key, SEAL_KEY_BYTES), 0);
	boot_done(&fake.boot);
	fake.boot.is_over = false;
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_expect_arr_eq(fake.boot.keys.seal.at, &first, sizeof(first));
	fake_boot_done(&fake);
}

Test(service_boot, a_root_that_the_machine_has_not_is_no_other_root)
{
	struct fake_boot fake;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\",\"root_secret\":\"snp:derived\"}");
	cr_expect_eq(boot_run(&fake.boot, &e), -FAIL_SYS);
	cr_expect(strstr(e.text, "sev-guest: no device"), "%s", e.text);
	cr_expect_eq(fake.boot.keys.seal.len, 0);
	fake_boot_done(&fake);
}

Test(service_boot, a_tpm_that_is_not_there_keeps_no_root)
{
	struct fake_boot fake;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\",\"root_secret\":\"tpm:sealed\"}");
	cr_expect_eq(boot_run(&fake.boot, &e), -FAIL_DENIED);
	cr_expect(strstr(e.text, "/dev/tpmrm0"), "%s", e.text);
	cr_expect_eq(fake.boot.keys.seal.len, 0);
	fake_boot_done(&fake);
}

/* The whole of it with a TPM alone, twice, as when attest is started again: the same keys, one
 * extension of PCR 8, one log in PCR 15. */
Test(service_boot, a_tpm_alone_measures_logs_and_keeps_the_root, .timeout = 60)
{
	struct msg_seal_keys first;
	struct fake_boot fake;
	struct tpm tpm;
	uint8_t once[TPM_SHA256_BYTES], again[TPM_SHA256_BYTES];
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"tpm\",\"root_secret\":\"tpm:sealed\"}");
	tpm_init(&tpm, line);
	fake.boot.dev.tpmrm = line;
	fake.boot.dev.tpm = &tpm;
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_expect_str_eq(fake.boot.evidence.driver->tee, "tpm");
	cr_expect_str_eq(fake.boot.log.reg.name, "PCR 15");
	cr_assert_eq(tpm_pcr_read(&tpm, 15, deadline_in(5000), once, &e), 0, "%s", e.text);
	memcpy(&first, fake.boot.keys.seal.at, sizeof(first));
	boot_done(&fake.boot);

	fake.boot.is_over = false;
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_read(&tpm, 15, deadline_in(5000), again, &e), 0, "%s", e.text);
	cr_expect_arr_eq(again, once, sizeof(once), "no event is recorded twice");
	cr_expect_arr_eq(fake.boot.keys.seal.at, &first, sizeof(first));
	fake_boot_done(&fake);
	tpm_done(&tpm);
}

/* A PCR 8 that others filled is refused, and so is a root that would be bound to it. */
Test(service_boot, a_foreign_pcr_8_is_refused, .timeout = 60)
{
	static const uint8_t digest[TPM_SHA256_BYTES] = "somebody else's";
	struct fake_boot fake;
	struct tpm tpm;
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"tpm\",\"root_secret\":\"tpm:sealed\"}");
	tpm_init(&tpm, line);
	fake.boot.dev.tpm = &tpm;
	cr_assert_eq(tpm_pcr_extend(&tpm, 8, deadline_in(5000), digest, &e), 0, "%s", e.text);
	cr_expect_eq(boot_run(&fake.boot, &e), -FAIL_FORGED, "%s", e.text);
	cr_expect(strstr(e.text, "PCR 8"), "%s", e.text);
	fake_boot_done(&fake);
	tpm_done(&tpm);
}

Test(service_boot, a_broker_for_tenants_alone_is_not_asked_by_the_boot)
{
	struct fake_boot fake;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\",\"root_secret\":\"random\","
			      "\"broker\":{\"url\":\"http://k\",\"insecure\":true}}");
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_expect_str_eq(fake_world.fetched, "");
	cr_expect_not_null(fake.boot.kbs);
	fake_boot_done(&fake);
}

#define SEV "{\"version\":1,\"tee\":\"sev\",\"root_secret\":\"efi:secret\"}"

static int launch_secret(const char *text)
{
	int fd = memfd_create("secret", MFD_CLOEXEC);

	cr_assert_eq(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	return fd;
}

/* The secret can't be injected again: it is PID 1's to keep, and each attest finds the same. */
Test(service_boot, a_launch_secret_is_the_root_of_each_life)
{
	struct fake_boot fake;
	struct msg_config config;
	struct msg_seal_keys first;
	struct err e = { 0 };

	fake_boot_init(&fake, SEV);
	fake.boot.dev.launch_secret =
		launch_secret("injected by the owner at launch, 48 bytes long..");
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	hears_config(&fake, &config);
	cr_expect_str_eq(fake.boot.evidence.driver->tee, "sev");
	cr_expect_str_eq(fake.boot.log.reg.strength, "chain");
	cr_expect_eq(fake.boot.loaded.trust.debug, 1);
	memcpy(&first, fake.boot.keys.seal.at, sizeof(first));
	cr_expect_eq(first.count, 3);
	boot_done(&fake.boot);
	fake.boot.is_over = false;
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	cr_expect_arr_eq(fake.boot.keys.seal.at, &first, sizeof(first));
	fd_done(&fake.boot.dev.launch_secret);
	fake_boot_done(&fake);
}

/* The host could otherwise choose the payload, and what happens on failure. */
Test(service_boot, tells_nothing_of_a_disk_beside_a_launch_secret)
{
	struct fake_boot fake;
	AUTO_FD int disk = launch_secret("initdata");
	struct ipc_msg m;
	struct err e = { 0 };

	fake_boot_init(&fake, SEV);
	fake.boot.dev.launch_secret =
		launch_secret("injected by the owner at launch, 48 bytes long..");
	fake.boot.source.initdata_fd = disk;
	cr_expect_eq(boot_run(&fake.boot, &e), -FAIL_FORGED, "%s", e.text);
	fake_boot_hears_stage(&fake, STAGE_CONFIG, STAGE_RUNNING);
	fake_boot_hears_stage(&fake, STAGE_CONFIG, STAGE_FAILED);
	fake_boot_hears(&fake, MSG_FAILED, NULL);
	cr_expect_eq(ipc_recv(fake.init, 0, &m, &(int){ -1 }, &e), -FAIL_AGAIN, "and nothing more");
	fd_done(&fake.boot.dev.launch_secret);
	fake_boot_done(&fake);
}

Test(service_boot, a_guest_without_its_launch_secret_is_told_what_it_lacks)
{
	struct fake_boot fake;
	struct err e = { 0 };

	fake_boot_init(&fake, SEV);
	cr_expect_eq(boot_run(&fake.boot, &e), -FAIL_DENIED);
	cr_expect(strstr(e.text, LAUNCH_SECRET_GUID), "%s", e.text);
	cr_expect_eq(fake.boot.keys.seal.len, 0);
	fake_boot_done(&fake);
}

Test(service_boot, asks_nobody_when_nobody_is_named)
{
	struct fake_boot fake;
	struct msg_config config;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\"}");
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	hears_config(&fake, &config);
	fake_boot_hears_stage(&fake, STAGE_NET, STAGE_SKIPPED);
	fake_boot_hears_stage(&fake, STAGE_BROKER, STAGE_SKIPPED);
	fake_boot_hears_stage(&fake, STAGE_EVIDENCE, STAGE_SKIPPED);
	hears_pair(&fake, STAGE_KEYS);
	fake_boot_hears_stage(&fake, STAGE_VOLUMES, STAGE_SKIPPED);
	fake_boot_hears(&fake, MSG_READY, NULL);
	cr_expect_eq(fake_world.nets, 0);
	cr_expect_eq(fake_world.drops, 1, "capabilities go all the same");
	fake_boot_done(&fake);
}

Test(service_boot, tells_what_is_to_be_believed)
{
	struct fake_boot fake;
	struct msg_trust trust;
	struct msg_finding found;
	struct ipc_msg m;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\"}");
	cr_assert_eq(boot_run(&fake.boot, &e), 0, "%s", e.text);
	fake_boot_hears_stage(&fake, STAGE_CONFIG, STAGE_RUNNING);
	fake_boot_hears(&fake, MSG_CONFIG, NULL);
	for (size_t i = 0; i < FINDINGS; i++) {
		m = fake_boot_hears(&fake, MSG_FINDING, NULL);
		cr_assert_eq(ipc_body(&m, &found, sizeof(found), NULL), 0);
		cr_expect_eq(found.index, i);
	}
	cr_expect_str_eq(found.name, "sample");
	cr_expect_eq(found.state, FINDING_USED);
	m = fake_boot_hears(&fake, MSG_TRUST, NULL);
	cr_assert_eq(ipc_body(&m, &trust, sizeof(trust), NULL), 0);
	cr_expect_eq(trust.config_measured, 0);
	cr_expect_eq(trust.debug, 1);
	cr_expect_str_eq(trust.tee, "sample");
	cr_expect_str_eq(trust.log, "chain");
	cr_expect_str_eq(trust.config_source, "image");
	cr_expect_eq(strlen(trust.config_digest), 7 + 64);
	fake_boot_done(&fake);
}

struct failure {
	char json[240];
	int net, broker, fetch; /* what the fakes do */
	size_t secret_len;
	int stage;
	int kind;
	char says[40];
};

ParameterizedTestParameters(service_boot, says_which_stage_failed)
{
	static struct failure rows[] = {
		{ "{\"version\":3}", 0, 0, 0, 32, STAGE_CONFIG, FAIL_INPUT, "only 1 is known" },
		{ "{\"version\":1}", 0, 0, 0, 32, STAGE_CONFIG, FAIL_INPUT, "no TEE here" },
		{ "{\"version\":1," FAKE_BROKER "}", FAIL_AGAIN, 0, 0, 32, STAGE_NET, FAIL_AGAIN,
		  "no default route" },
		{ "{\"version\":1," FAKE_BROKER "}", 0, FAIL_INPUT, 0, 32, STAGE_BROKER, FAIL_INPUT,
		  "bad http://kbs.example:1" },
		{ "{\"version\":1," FAKE_BROKER "}", 0, 0, FAIL_DENIED, 32, STAGE_BROKER,
		  FAIL_DENIED, "the broker says" },
		{ "{\"version\":1," FAKE_BROKER "}", 0, 0, FAIL_FORGED, 32, STAGE_BROKER,
		  FAIL_FORGED, "the broker says" },
		{ "{\"version\":1," FAKE_BROKER "}", 0, 0, 0, 16, STAGE_BROKER, FAIL_INPUT,
		  "has 16 bytes: store 32" },
		{ "{\"version\":1," FAKE_BROKER
		  ",\"volumes\":[{\"name\":\"d\",\"device\":\"/dev/d\","
		  "\"rollback\":\"tpm\"}]}",
		  0, 0, 0, 32, STAGE_VOLUMES, FAIL_DENIED, "no anchor here: a TPM is missing" },
	};
	return cr_make_param_array(struct failure, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct failure *row, service_boot, says_which_stage_failed)
{
	struct fake_boot fake;
	struct msg_stage s = { .state = STAGE_RUNNING };
	struct msg_failed f;
	struct ipc_msg m;
	struct err e = { 0 };

	fake_boot_init(&fake, row->json);
	fake_world.net_fails = row->net;
	fake_world.broker_fails = row->broker;
	fake_world.fetch_fails = row->fetch;
	fake_world.secret_len = row->secret_len;
	cr_assert_eq(boot_run(&fake.boot, &e), -row->kind, "%s", e.text);
	do {
		cr_assert_eq(ipc_recv(fake.init, 0, &m, &(int){ -1 }, &e), 0, "%s", e.text);
		if (m.op == MSG_STAGE)
			cr_assert_eq(ipc_body(&m, &s, sizeof(s), NULL), 0);
	} while (m.op != MSG_STAGE || s.state != STAGE_FAILED);
	cr_expect_eq((int)s.stage, row->stage);
	cr_expect_eq((int)s.kind, row->kind);
	m = fake_boot_hears(&fake, MSG_FAILED, NULL);
	cr_assert_eq(ipc_body(&m, &f, sizeof(f), NULL), 0);
	cr_expect_eq((int)f.stage, row->stage);
	cr_expect_eq((int)f.kind, row->kind);
	cr_expect(strstr(f.text, row->says), "%s", f.text);
	cr_expect_eq(ipc_recv(fake.init, 0, &m, &(int){ -1 }, &e), -FAIL_AGAIN, "and nothing more");
	fake_boot_done(&fake);
}

Test(service_boot, the_owner_is_heard_before_a_wrong_tee_fails)
{
	struct fake_boot fake;
	struct msg_config config;
	struct ipc_msg m;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"snp\",\"on_failure\":\"degraded\"}");
	cr_assert_eq(boot_run(&fake.boot, &e), -FAIL_INPUT);
	fake_boot_hears_stage(&fake, STAGE_CONFIG, STAGE_RUNNING);
	m = fake_boot_hears(&fake, MSG_CONFIG, NULL);
	for (size_t n = 0; n < FINDINGS; n++)
		fake_boot_hears(&fake, MSG_FINDING, NULL);
	cr_assert_eq(ipc_body(&m, &config, sizeof(config), NULL), 0);
	cr_assert_eq(config.degraded, 1);
	fake_boot_hears_stage(&fake, STAGE_CONFIG, STAGE_FAILED);
	fake_boot_done(&fake);
}

Test(service_boot, ends_when_pid_1_is_gone)
{
	struct fake_boot fake;
	struct err e = { 0 };

	fake_boot_init(&fake, "{\"version\":1,\"tee\":\"sample\"}");
	fd_done(&fake.init);
	cr_assert_eq(boot_run(&fake.boot, &e), -FAIL_SYS);
	fake_boot_done(&fake);
}

Test(service_boot, a_partner_that_never_reads_is_given_up, .timeout = 20)
{
	int pair[2];
	struct err e = { 0 };
	int failed = 0;

	cr_assert_eq(ipc_pair(pair, &e), 0);
	for (int i = 0; !failed && i < 100000; i++)
		failed = ipc_send(pair[0], MSG_READY, 0, SPAN_EMPTY, -1, &e);
	cr_assert_eq(tell(pair[0], MSG_READY, 0, SPAN_EMPTY, -1, &e), -FAIL_AGAIN);
}

/* --- the root of `life` --- */

static int page(const void *bytes, size_t len, off_t size)
{
	int fd = memfd_create("life", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(fd, size), 0);
	cr_assert_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	return fd;
}

Test(service_boot, life_is_made_once_and_found_again)
{
	AUTO_FD int fd = page("", 0, 4096);
	AUTO_SECRET struct secret first = SECRET_EMPTY, second = SECRET_EMPTY;
	struct err e = { 0 };
	uint8_t front[40], zero[32] = { 0 };

	cr_assert_eq(life_root(fd, &first, &e), 0, "%s", e.text);
	cr_assert_eq(life_root(fd, &second, &e), 0, "%s", e.text);
	cr_assert_eq(first.len, 32);
	cr_assert_arr_eq(first.at, second.at, 32);
	cr_assert_arr_neq(first.at, zero, 32);
	cr_assert_eq(pread(fd, front, sizeof(front), 0), 40);
	cr_assert_arr_eq(front, "slifeV1", 8);
	cr_assert_arr_eq(front + 8, first.at, 32);
}

Test(service_boot, life_that_was_cut_while_it_was_made_is_made_anew)
{
	AUTO_FD int fd = page("\0\0\0\0\0\0\0\0half of a root", 22, 4096);
	AUTO_SECRET struct secret root = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(life_root(fd, &root, &e), 0, "%s", e.text);
	cr_assert_arr_neq(root.at, "half of a root", 14);
}

struct page_row {
	char front[16];
	off_t size;
};

ParameterizedTestParameters(service_boot, life_refuses_pages_that_are_not_ours)
{
	static struct page_row rows[] = {
		{ "slifeV2", 4096 }, { "\0\0\0\0\0\0\0x", 4096 }, { "slifeV1", 4095 }, { "", 0 }
	};
	return cr_make_param_array(struct page_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct page_row *row, service_boot, life_refuses_pages_that_are_not_ours)
{
	AUTO_FD int fd = page(row->front, row->size ? 8 : 0, row->size);
	struct secret root = SECRET_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(life_root(fd, &root, &e), -FAIL_INPUT, "%s", e.text);
	cr_expect_null(root.at);
}

/* --- which keys there are --- */

struct key_row {
	int has_root, has_pod;
	uint32_t count;
};

ParameterizedTestParameters(service_boot, gives_the_scopes_that_were_promised)
{
	static struct key_row rows[] = { { 0, 1, 1 }, { 1, 1, 3 }, { 1, 0, 2 } };
	return cr_make_param_array(struct key_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct key_row *row, service_boot, gives_the_scopes_that_were_promised)
{
	__attribute__((cleanup(keys_done))) struct keys k = KEYS_EMPTY;
	struct config config = { .seal_pod = row->has_pod };
	uint8_t root[32] = { 1 }, life[32] = { 2 };
	const struct msg_seal_keys *m;
	struct err e = { 0 };

	cr_assert_eq(keys_make(&config, row->has_root ? span(root, 32) : SPAN_EMPTY, span(life, 32),
			       &k, &e),
		     0, "%s", e.text);
	m = (const struct msg_seal_keys *)k.seal.at;
	cr_expect_eq(m->count, row->count);
	for (uint32_t i = 0; i < m->count; i++) {
		cr_expect_eq(m->keys[i].scope, SCOPE_LIFE + i);
		cr_expect_eq(m->keys[i].epoch, 1);
	}
	cr_expect_null(k.volumes.at);
}

Test(service_boot, keys_of_scratch_volumes_are_random)
{
	__attribute__((cleanup(keys_done))) struct keys a = KEYS_EMPTY, b = KEYS_EMPTY;
	struct config config = { .volume_count = 2,
				 .volumes = { { .name = "data", .create = VOLUME_NEVER },
					      { .name = "tmp", .create = VOLUME_ALWAYS } } };
	uint8_t root[32] = { 1 };
	const struct volume_keys *x, *y;
	struct err e = { 0 };

	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &a, &e), 0);
	cr_assert_eq(keys_make(&config, span(root, 32), span(root, 32), &b, &e), 0);
	x = (const struct volume_keys *)a.volumes.at;
	y = (const struct volume_keys *)b.volumes.at;
	cr_expect_arr_eq(&x[0], &y[0], sizeof(*x));
	cr_expect_arr_neq(&x[1], &y[1], sizeof(*x));
	cr_expect_arr_neq(x[0].wrap, x[0].mac, 32);
}

Test(service_boot, a_lasting_volume_without_a_root_is_a_bug)
{
	struct keys k = KEYS_EMPTY;
	struct config config = { .volume_count = 1, .volumes = { { .name = "data" } } };
	uint8_t life[32] = { 1 };
	struct err e = { 0 };

	cr_assert_eq(keys_make(&config, SPAN_EMPTY, span(life, 32), &k, &e), -FAIL_BUG);
	cr_assert_null(k.seal.at);
}
