/*
 * Answers for the hardware in guests of the tests: reads what the test module (tests/kernel) was
 * asked, makes a report or quote of real layout under a test root, and writes it back. What it is
 * and what goes wrong stands on the kernel's command line:
 *
 *   tee=sev_guest|tdx_guest   without it there is no TEE
 *   tee.initdata=HEX          HOST_DATA or MRCONFIGID, zero-padded
 *   tee.break=WORD            debug, root, measurement, foreign, or a machine that misbehaves:
 *                             empty, error, busy, slow; for TDX overtaken (somebody else writes
 *                             into the report directory meanwhile), outrun (for good); for SNP
 *                             chip (another one), masked (chip key), certs (more than fit), short,
 *                             and of the host throttled, choked (throttled for good), tampered,
 *                             wiped (it fails a request late)
 *   tee.configfs=no           nothing registers there
 *   tee.floor=N               the VMPL that an SNP guest runs at; 0
 *   tee.kill=extend:N         attest dies while each of the first N extends of RTMR3 is under way:
 *                             the register has it, the log does not count it
 *   tee.secret=HEX            an EFI secret area, with that under the GUID that is ours, and with
 *                             an entry of somebody else's; HEX may be empty: that one alone
 *   tee.qgs=WORD              a quoting service behind vsock: answer, foreign, hang, refuse (with
 *                             an error)
 *   tee.device=NAME           what the TDX device is called; tdx_guest
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sev-guest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/roles.h"
#include "tests/guest/parts/kill.h"
#include "tests/guest/qgs.h"
#include "tests/kernel/tee.h"
#include "tests/support/evidence/snp.h"
#include "tests/support/evidence/tdx.h"

#define DEVICE	       "/dev/" TEST_TEE_NAME
#define TDX_ROOT       "/usr/lib/sealinit/tests/tdx-root.pem"
#define CMDLINE_BYTES  4096
#define TDINFO_AT      512 /* in a TDREPORT: attributes, XFAM, registers as struct quote_td has them */
#define TDINFO_BYTES   400
#define REPORT_DATA_AT 128
#define SNP_VMPL_AT    0x30 /* in an SNP report */
#define SNP_DATA_AT    0x50
#define TIMES	       3 /* busy, throttled, overtaken: then it behaves */
#define SLOW_MS	       3000
#define WIPED_AFTER    2     /* messages: what a boot with a broker asks for */
#define CERTS_BYTES    16384 /* what a guest can take */
#define VMM_FAILED     0x80000000u
#define INVALID_PARAM  0x16
#define CHIP_KEY       "the key that is in this chip"

struct tee {
	char provider[16];
	uint8_t initdata[48];
	char breaks[24];
	bool has_no_configfs;
	uint32_t floor;
	unsigned kills;
	char qgs[24], device[16];
	struct test_tee_area area;
	uint8_t rtmr3[48];
	unsigned left, messages;
	struct snp_made snp; /* the last report, with its certificates */
	X509 *tdx_root;	     /* the very certificate that the broker has, signature included */
};

static bool is_broken(const struct tee *t, const char *how)
{
	return !strcmp(t->breaks, how);
}

/* --- What it says ----------------------------------------------------------------------------- */

static struct snp_spec report_of(const struct tee *t)
{
	struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);

	memcpy(s.host_data, t->initdata, sizeof(s.host_data));
	s.policy |= is_broken(t, "debug") ? 1u << 19 : 0;
	s.measurement[0] ^= is_broken(t, "measurement");
	s.chip_id[0] ^= is_broken(t, "chip");
	s.key_info |= is_broken(t, "masked") ? 1u << 1 : 0;
	s.chain = is_broken(t, "root") ? SNP_CHAIN_SELF_MADE : SNP_CHAIN_GOOD;
	return s;
}

/* The chip has its certificates, and makes none for a report. */
static void make_snp(struct tee *t, struct snp_spec *s, const struct test_tee_question *q)
{
	memcpy(s->report_data, q->data, sizeof(s->report_data));
	s->report_data[0] ^= is_broken(t, "foreign");
	s->vmpl = q->privlevel;
	if (!t->snp.leaf) {
		t->snp = snp_make(s);
		return;
	}
	memcpy(t->snp.report + SNP_DATA_AT, s->report_data, sizeof(s->report_data));
	memcpy(t->snp.report + SNP_VMPL_AT, &s->vmpl, sizeof(s->vmpl));
	snp_resign(s, &t->snp);
}

static void answer_report(struct tee *t, const struct test_tee_question *q, struct buf *out,
			  struct buf *aux)
{
	static const uint8_t zero[CERTS_BYTES] = { 0 };
	struct snp_spec s = report_of(t);

	make_snp(t, &s, q);
	*aux = snp_table(&s, &t->snp);
	if (is_broken(t, "certs"))
		(void)buf_append(aux, span(zero, sizeof(zero)), TEST_TEE_BLOB_BYTES, NULL);
	(void)buf_append(out, span(t->snp.report, sizeof(t->snp.report) - is_broken(t, "short")),
			 TEST_TEE_BLOB_BYTES, NULL);
}

/* Of the chip's key, what was asked, and what that selects: another chip, policy or measurement
 * has another key. */
static void answer_key(const struct tee *t, const struct test_tee_question *q, struct buf *out)
{
	struct snp_spec s = report_of(t);
	struct snp_derived_key_req req;
	AUTO_BUF struct buf mixed = BUF_EMPTY;
	uint8_t key[32];
	size_t len;

	memcpy(&req, q->data, sizeof(req));
	(void)buf_append(&mixed, span(s.chip_id, sizeof(s.chip_id)), SIZE_MAX, NULL);
	(void)buf_append(&mixed, span(&req, sizeof(req)), SIZE_MAX, NULL);
	if (req.guest_field_select & 1u << 0)
		(void)buf_append(&mixed, span(&s.policy, sizeof(s.policy)), SIZE_MAX, NULL);
	if (req.guest_field_select & 1u << 3)
		(void)buf_append(&mixed, span(s.measurement, sizeof(s.measurement)), SIZE_MAX,
				 NULL);
	if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, CHIP_KEY, sizeof(CHIP_KEY), mixed.at,
		       mixed.len, key, sizeof(key), &len))
		abort();
	(void)buf_append(out, span(key, sizeof(key)), SIZE_MAX, NULL);
}

static void answer_snp(struct tee *t, const struct test_tee_question *q, struct buf *out,
		       struct buf *aux)
{
	if (q->kind == TEST_TEE_KEY)
		answer_key(t, q, out);
	else
		answer_report(t, q, out, aux);
}

static struct quote_spec quote_of(const struct tee *t, const struct test_tee_question *q)
{
	struct quote_spec s = quote_spec_td15();

	memcpy(s.td.report_data, q->data, sizeof(s.td.report_data));
	memcpy(s.td.mrconfigid, t->initdata, sizeof(s.td.mrconfigid));
	memset(s.td.rtmr, 0, sizeof(s.td.rtmr)); /* no firmware is here to measure into them */
	memcpy(s.td.rtmr[3], t->rtmr3, sizeof(t->rtmr3));
	s.td.attributes[0] |= is_broken(t, "debug");
	s.root = t->tdx_root;
	s.td.mrtd[0] ^= is_broken(t, "measurement");
	s.chain = is_broken(t, "root") ? QUOTE_CHAIN_OTHER_ROOT : QUOTE_CHAIN_GOOD;
	return s;
}

static void answer_tdx(const struct tee *t, const struct test_tee_question *q, struct buf *out)
{
	struct quote_spec s = quote_of(t, q);
	struct quote_made m;

	if (q->kind == TEST_TEE_TDREPORT) {
		*out = tdreport_make(&s.td);
		return;
	}
	s.td.report_data[0] ^= is_broken(t, "foreign");
	m = quote_make(&s);
	*out = buf_take(&m.quote);
	quote_made_done(&m);
}

/* What the service quotes is the TD of the TDREPORT, whatever has happened since. */
static struct buf quote_tdreport(void *tee, const uint8_t *tdreport)
{
	const struct tee *t = tee;
	struct test_tee_question q = { .kind = TEST_TEE_REPORT };
	struct quote_spec s;
	struct quote_made m;
	struct buf quote;

	memcpy(q.data, tdreport + REPORT_DATA_AT, sizeof(q.data));
	s = quote_of(t, &q);
	memcpy((uint8_t *)&s.td + offsetof(struct quote_td, attributes), tdreport + TDINFO_AT,
	       TDINFO_BYTES);
	s.td.report_data[0] ^= !strcmp(t->qgs, "foreign");
	m = quote_make(&s);
	quote = buf_take(&m.quote);
	quote_made_done(&m);
	return quote;
}

/* --- RTMR3 and its like ----------------------------------------------------------------------- */

static void extend(struct tee *t, const uint8_t *digest)
{
	uint8_t both[96];
	struct digest value;

	memcpy(both, t->rtmr3, 48);
	memcpy(both + 48, digest, 48);
	if (digest_of(DIGEST_SHA384, span(both, sizeof(both)), &value, NULL) < 0)
		abort();
	memcpy(t->rtmr3, value.at, sizeof(t->rtmr3));
}

/* It is in the kernel, waiting for us where no signal is heard: it dies with our answer. */
static void kill_attest(struct tee *t)
{
	struct err e = { 0 };

	if (!t->kills)
		return;
	t->kills--;
	if (kill_program("attest", &e) < 0)
		abort();
}

/* True if the question was about a register. */
static bool is_measurement(struct tee *t, const struct test_tee_question *q, struct buf *out)
{
	bool is_rtmr = q->kind == TEST_TEE_RTMR3 || q->kind == TEST_TEE_EXTEND;
	const uint8_t *at = is_rtmr ? t->rtmr3 : t->initdata;

	if (!is_rtmr && q->kind != TEST_TEE_MRCONFIGID)
		return false;
	if (q->kind == TEST_TEE_EXTEND) {
		kill_attest(t);
		extend(t, q->data);
	}
	(void)buf_append(out, span(at, 48), TEST_TEE_BLOB_BYTES, NULL);
	return true;
}

/* The firmware speaks for a guest's own level and for those below it. */
static bool is_above(const struct tee *t, const struct test_tee_question *q)
{
	struct snp_derived_key_req key;

	memcpy(&key, q->data, sizeof(key));
	return (q->kind == TEST_TEE_KEY ? key.vmpl : q->privlevel) < t->floor;
}

/* What SNP's host answers in the firmware's place. */
static void misbehave_as_host(struct tee *t, struct test_tee_answer *ret)
{
	if (is_broken(t, "error") || (is_broken(t, "wiped") && t->messages++ >= WIPED_AFTER))
		ret->vmm_error = VMM_FAILED;
	if (is_broken(t, "choked") || (is_broken(t, "throttled") && t->left)) {
		t->left -= t->left > 0;
		ret->vmm_error = SNP_GUEST_VMM_ERR_BUSY;
	}
	if (is_broken(t, "tampered"))
		ret->error = -EBADMSG;
}

/* What a broken machine answers instead: an errno, or nothing at all. */
static bool is_misbehaving(struct tee *t, const struct test_tee_question *q,
			   struct test_tee_answer *ret)
{
	bool is_snp = !strcmp(t->provider, "sev_guest");

	if (q->kind != TEST_TEE_REPORT && q->kind != TEST_TEE_KEY)
		return false;
	if (is_broken(t, "slow"))
		(void)poll(NULL, 0, SLOW_MS);
	if (is_broken(t, "busy") && t->left) {
		t->left--;
		ret->error = -EBUSY;
	}
	if (is_broken(t, "outrun") || (is_broken(t, "overtaken") && t->left)) {
		t->left -= t->left > 0;
		ret->is_overtaken = 1;
	}
	if (is_snp && is_above(t, q))
		ret->status = INVALID_PARAM;
	if (is_snp)
		misbehave_as_host(t, ret);
	else if (is_broken(t, "error"))
		ret->error = -EIO;
	return ret->error || ret->vmm_error || ret->status || is_broken(t, "empty");
}

static int serve_one(struct tee *t, int fd)
{
	AUTO_BUF struct buf out = BUF_EMPTY, aux = BUF_EMPTY, all = BUF_EMPTY;
	struct test_tee_answer head = { 0 };
	struct test_tee_question q;

	if (read(fd, &q, sizeof(q)) != sizeof(q))
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (!is_measurement(t, &q, &out) && !is_misbehaving(t, &q, &head)) {
		if (!strcmp(t->provider, "sev_guest"))
			answer_snp(t, &q, &out, &aux);
		else
			answer_tdx(t, &q, &out);
	}
	head.out_len = (uint32_t)out.len;
	head.aux_len = (uint32_t)aux.len;
	if (buf_append(&all, span(&head, sizeof(head)), SIZE_MAX, NULL) < 0 ||
	    buf_append(&all, buf_view(&out), SIZE_MAX, NULL) < 0 ||
	    buf_append(&all, buf_view(&aux), SIZE_MAX, NULL) < 0)
		return -1;
	return write(fd, all.at, all.len) == (ssize_t)all.len || errno == ENODATA ? 0 : -1;
}

/* --- What it is ------------------------------------------------------------------------------- */

static void copy_word(const char *value, char *ret, size_t size)
{
	if (strlen(value) >= size)
		abort();
	(void)snprintf(ret, size, "%s", value);
}

static void read_secret(const char *hex, struct test_tee_area *ret)
{
	size_t len = 0;

	if (*hex && !OPENSSL_hexstr2buf_ex(ret->secret, sizeof(ret->secret), &len, hex, 0))
		abort();
	ret->is_there = 1;
	ret->len = (uint32_t)len;
	copy_word(LAUNCH_SECRET_GUID, ret->guid, sizeof(ret->guid));
}

static void read_words(struct tee *t, char *cmdline)
{
	char *rest = NULL;

	for (char *w = strtok_r(cmdline, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest)) {
		if (!strncmp(w, "tee=", 4))
			copy_word(w + 4, t->provider, sizeof(t->provider));
		else if (!strncmp(w, "tee.break=", 10))
			copy_word(w + 10, t->breaks, sizeof(t->breaks));
		else if (!strncmp(w, "tee.qgs=", 8))
			copy_word(w + 8, t->qgs, sizeof(t->qgs));
		else if (!strncmp(w, "tee.floor=", 10))
			t->floor = (uint32_t)strtoul(w + 10, NULL, 10);
		else if (!strncmp(w, "tee.kill=extend:", 16))
			t->kills = (unsigned)strtoul(w + 16, NULL, 10);
		else if (!strncmp(w, "tee.device=", 11))
			copy_word(w + 11, t->device, sizeof(t->device));
		else if (!strncmp(w, "tee.secret=", 11))
			read_secret(w + 11, &t->area);
		else if (!strcmp(w, "tee.configfs=no"))
			t->has_no_configfs = true;
		else if (!strncmp(w, "tee.initdata=", 13) &&
			 !OPENSSL_hexstr2buf_ex(t->initdata, sizeof(t->initdata), NULL, w + 13, 0))
			abort();
	}
}

static void read_cmdline(struct tee *t)
{
	AUTO_FD int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char text[CMDLINE_BYTES];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		abort();
	text[n] = 0;
	read_words(t, text);
}

static void read_root(struct tee *t)
{
	FILE *f = fopen(TDX_ROOT, "re");

	t->tdx_root = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (!t->tdx_root)
		abort();
	(void)fclose(f);
}

int main(void)
{
	struct tee t = { .left = TIMES };
	AUTO_FD int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct test_tee_hello hello = { 0 };

	if (fd < 0)
		return EXIT_FAILURE;
	read_cmdline(&t);
	hello.area = t.area;
	copy_word(t.provider, hello.provider, sizeof(hello.provider));
	if (!*t.provider)
		return write(fd, &hello, sizeof(hello)) < 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	hello.has_sev_device = strcmp(t.provider, "tdx_guest") != 0;
	if (!hello.has_sev_device)
		copy_word(*t.device ? t.device : "tdx_guest", hello.tdx_device,
			  sizeof(hello.tdx_device));
	hello.privlevel_floor = t.floor;
	hello.has_no_configfs = t.has_no_configfs;
	read_root(&t);
	if (*t.qgs)
		qgs_start(t.qgs, quote_tdreport, &t);
	if (write(fd, &hello, sizeof(hello)) != sizeof(hello))
		return EXIT_FAILURE;
	while (serve_one(&t, fd) == 0)
		;
	return EXIT_FAILURE;
}
