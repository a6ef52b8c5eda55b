/*
 * bench/verify PATH-OF-SEALVERIFY: what a verification costs against what OpenSSL alone needs for
 * the same chain and the same signatures over the same bytes, in this run, on one core.
 *
 *   library   verify_evidence() in this process, against X509_verify_cert() and EVP_DigestVerify()
 *   command   sealverify as a process, against `openssl verify` and `openssl dgst -verify`
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attest/verify/verify.h"
#include "tests/bench/peer.h"
#include "tests/support/evidence/gpu.h"
#include "tests/support/evidence/pki.h"
#include "tests/support/evidence/snp.h"
#include "tests/support/evidence/tdx.h"

#define AT	    1790000000 /* 2026-09-21, within every certificate that is made here */
#define LIBRARY_RUN 1.0
#define COMMANDS    20

struct job {
	const char *name;
	struct verify_file files[3];
	size_t file_count;
	struct buf root_pem;
	struct peer peer;
	struct buf leaf, between[PEER_CERTS], root; /* DER */
};

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void finish(struct job *j)
{
	j->root_pem = pki_pem(&j->peer.root, 1);
	j->leaf = pki_der(j->peer.leaf);
	j->root = pki_der(j->peer.root);
	for (size_t i = 0; i < j->peer.between_count; i++)
		j->between[i] = pki_der(j->peer.between[i]);
}

static void add_file(struct job *j, const char *name, struct buf bytes)
{
	j->files[j->file_count++] = (struct verify_file){ name, buf_view(&bytes) };
}

/* --- Evidence --------------------------------------------------------------------------------- */

#define SNP_SIGNED	 672
#define SNP_SIGNATURE_AT 672
#define SNP_NUMBER_BYTES 72

/* AMD's numbers are little-endian, in 72 bytes. */
static void turn(const uint8_t *le, uint8_t ret[static 48])
{
	for (size_t i = 0; i < 48; i++)
		ret[i] = le[47 - i];
}

static struct job make_snp(void)
{
	struct snp_spec s = snp_spec(SNP_GEN_GENOA, SNP_GEN_VCEK);
	struct snp_made m = snp_make(&s);
	struct job j = { .name = "SNP report", .peer = { .leaf = m.leaf, .root = m.ark } };
	uint8_t r[48], v[48];
	struct buf report = BUF_EMPTY;

	if (buf_append(&report, span(m.report, sizeof(m.report)), sizeof(m.report), NULL))
		abort();
	turn(report.at + SNP_SIGNATURE_AT, r);
	turn(report.at + SNP_SIGNATURE_AT + SNP_NUMBER_BYTES, v);
	j.peer.between[j.peer.between_count++] = m.ask;
	peer_add(&j.peer, NULL, EVP_sha384(), span(report.at, SNP_SIGNED), r, v, 48);
	add_file(&j, "report.bin", report);
	add_file(&j, "chain.pem", pki_pem((X509 *const[]){ m.leaf, m.ask, m.ark }, 3));
	finish(&j);
	return j;
}

static struct job make_tdx(void)
{
	static EVP_PKEY *attest;
	struct quote_spec s = quote_spec_td10();
	struct quote_made m = quote_make(&s);
	struct job j = { .name = "TDX quote", .peer = { .leaf = m.pck, .root = m.root } };
	const uint8_t *auth = m.quote.at + m.auth_at + 4, *qe = m.quote.at + m.qe_at;

	attest = pki_p256(QUOTE_KEY_ATTEST);
	j.peer.between[j.peer.between_count++] = m.ca;
	peer_add(&j.peer, attest, EVP_sha256(), span(m.quote.at, m.signed_len), auth, auth + 32,
		 32);
	peer_add(&j.peer, NULL, EVP_sha256(), span(qe, 384), qe + 384, qe + 416, 32);
	add_file(&j, "quote.dat", m.quote);
	finish(&j);
	return j;
}

static struct job make_gpu(void)
{
	struct gpu_spec s = gpu_spec(GPU_GH100);
	struct gpu_made m = gpu_make(&s);
	struct job j = { .name = "GPU report", .peer = { .leaf = m.certs[0], .root = m.root } };
	const uint8_t *signature = m.report.at + m.signed_len;

	for (size_t i = 1; i < 4; i++)
		j.peer.between[j.peer.between_count++] = m.certs[i];
	peer_add(&j.peer, NULL, EVP_sha384(), span(m.report.at, m.signed_len), signature,
		 signature + 48, 48);
	add_file(&j, "report.bin", m.report);
	add_file(&j, "chain.pem", pki_pem(m.certs, m.cert_count));
	finish(&j);
	return j;
}

/* --- Measuring -------------------------------------------------------------------------------- */

static void verify_here(const struct job *j)
{
	struct verify_request r = { .files = j->files,
				    .file_count = j->file_count,
				    .test_roots = buf_view(&j->root_pem),
				    .at = AT };
	struct verify_verdict *v = NULL;
	struct err e = { 0 };

	if (verify_evidence(&r, &v, &e) || verify_word(v, VERIFY_GENUINE) != VERIFY_GENUINE_TEST) {
		fprintf(stderr, "bench: %s is not genuine: %s\n", j->name, e.text);
		exit(1);
	}
	verify_free(v);
}

static void peer_here(const struct job *j)
{
	peer_verify_here(&j->peer, &j->leaf, j->between, &j->root);
}

/* Calls a second. */
static double rate(const struct job *j, void (*call)(const struct job *j))
{
	double start = now(), end;
	size_t n = 0;

	do {
		call(j);
		n++;
		end = now();
	} while (end - start < LIBRARY_RUN);
	return (double)n / (end - start);
}

static void write_file(const char *dir, const char *name, struct span bytes, char *ret, size_t size)
{
	FILE *f;

	(void)snprintf(ret, size, "%s/%s", dir, name);
	f = fopen(ret, "wb");
	if (!f || fwrite(bytes.at, 1, bytes.len, f) != bytes.len || fclose(f)) {
		fprintf(stderr, "bench: %s: can't be written\n", ret);
		exit(1);
	}
}

struct commands {
	const char *dir;
	char files[3][256], root[256];
	const char *argv[16];
};

static void prepare(const struct job *j, const char *sealverify, const char *dir,
		    struct commands *ret)
{
	size_t n = 0;

	ret->dir = dir;
	ret->argv[n++] = sealverify;
	for (size_t i = 0; i < j->file_count; i++) {
		write_file(dir, j->files[i].name, j->files[i].bytes, ret->files[i],
			   sizeof(ret->files[i]));
		ret->argv[n++] = ret->files[i];
	}
	write_file(dir, "test-root.pem", buf_view(&j->root_pem), ret->root, sizeof(ret->root));
	ret->argv[n++] = "--test-root";
	ret->argv[n++] = ret->root;
	ret->argv[n++] = "--at";
	ret->argv[n++] = "2026-09-21T14:13:20Z";
	ret->argv[n] = NULL;
	peer_write(&j->peer, dir);
}

/* Milliseconds a run: one of each in turn, so that a busy machine hits both. */
static void time_commands(const struct job *j, const struct commands *c, double *ret_ours,
			  double *ret_peer)
{
	double ours = 0, peer = 0;

	for (int i = 0; i < COMMANDS; i++) {
		double start = now(), middle;
		int status = run_quiet(c->argv);

		middle = now();
		if (status < 3 || status > 5) {
			fprintf(stderr, "bench: sealverify ended with %d\n", status);
			exit(1);
		}
		peer_verify_command(&j->peer, c->dir);
		ours += middle - start;
		peer += now() - middle;
	}
	*ret_ours = ours / COMMANDS * 1000;
	*ret_peer = peer / COMMANDS * 1000;
}

static void measure(const struct job *j, const char *sealverify)
{
	char dir[] = "/tmp/sealinit-bench-XXXXXX";
	const char *const clean[] = { "rm", "-rf", dir, NULL };
	struct commands commands = { 0 };
	double ours = rate(j, verify_here), bare = rate(j, peer_here), ours_ms, peer_ms;

	if (!mkdtemp(dir)) {
		perror("bench: mkdtemp");
		exit(1);
	}
	prepare(j, sealverify, dir, &commands);
	time_commands(j, &commands, &ours_ms, &peer_ms);
	printf("%-11s  library %7.0f/s  bare OpenSSL %7.0f/s  cost %.2f   "
	       "sealverify %6.1f ms  openssl %6.1f ms  cost %.2f\n",
	       j->name, ours, bare, bare / ours, ours_ms, peer_ms, ours_ms / peer_ms);
	(void)run_quiet(clean);
}

int main(int argc, char *argv[])
{
	struct job jobs[] = { make_snp(), make_tdx(), make_gpu() };

	if (argc != 2) {
		fprintf(stderr, "usage: verify PATH-OF-SEALVERIFY\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
		measure(&jobs[i], argv[1]);
	return 0;
}
