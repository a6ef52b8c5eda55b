#include "attest/config/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "attest/config/initdata.h"
#include "attest/config/measured.h"
#include "base/fd.h"
#include "base/log.h"

void loaded_done(struct loaded *l)
{
	config_done(&l->config);
	buf_done(&l->document);
}

static int read_image(const char *path, struct buf *ret, struct err *e)
{
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int fd = -1;
	struct err why = { 0 };
	int failed;

	if (root < 0)
		return FAIL_ERRNO(e, "open /: %s", strerror(errno));
	fd = fd_open_in(*path == '/' ? root : AT_FDCWD, path + (*path == '/'), O_RDONLY, 0, &why);
	if (fd < 0 && why.sys == ENOENT)
		return FAIL(
			e, FAIL_INPUT,
			"no configuration: no initdata disk and no %s; give the pod initdata, or "
			"put that file in the image",
			path);
	if (fd < 0)
		return err_set(e, why.kind, why.sys, why.where, "%s", why.text);
	failed = fd_read_all(fd, LIMIT_CONFIG_BYTES, ret, e);
	return failed ? err_add(e, "%s", path) : 0;
}

/* The image's file is a JSON object, and no TOML document begins with a brace: what PID 1 kept for
 * us tells by itself which it is. */
static bool is_json(struct span text)
{
	size_t i = 0;

	while (i < text.len && strchr(" \t\r\n", text.at[i]) && text.at[i])
		i++;
	return i < text.len && text.at[i] == '{';
}

static int read_document(const struct config_source *source, struct loaded *l, struct err *e)
{
	int failed;

	if (source->document_fd >= 0) {
		failed =
			fd_unseal_bytes(source->document_fd, LIMIT_INITDATA_BYTES, &l->document, e);
		l->is_envelope = !failed && !is_json(buf_view(&l->document));
		return failed ? err_add(e, "kept document") : 0;
	}
	l->is_envelope = source->initdata_fd >= 0;
	if (l->is_envelope)
		return initdata_read(source->initdata_fd, &l->document, e);
	return read_image(source->image_path, &l->document, e);
}

static int describe(struct loaded *l, enum digest_alg alg, const char *source, const char *reg,
		    struct err *e)
{
	char hex[2 * DIGEST_MAX_BYTES + 1];
	struct digest d;

	if (digest_of(alg, buf_view(&l->document), &d, e) < 0)
		return -(int)FAIL_SYS;
	digest_hex(span(d.at, d.len), hex);
	(void)snprintf(l->trust.config_source, sizeof(l->trust.config_source), "%s", source);
	(void)snprintf(l->trust.config_register, sizeof(l->trust.config_register), "%s", reg);
	(void)snprintf(l->trust.config_digest, sizeof(l->trust.config_digest), "%s:%s",
		       digest_alg_name(alg), hex);
	return 0;
}

/* PCR 8 vouches for it in a quote of the TPM's alone. */
static int describe_measured(struct loaded *l, enum digest_alg alg,
			     const struct evidence_platform *p, struct err *e)
{
	bool is_pcr = !p->has_init_data && l->is_pcr_ours && l->config.tee == TEE_TPM;

	l->trust.config_measured = p->has_init_data || is_pcr;
	return describe(l, alg, "initdata", is_pcr ? MEASURED_PCR_NAME : p->name, e);
}

/* A TPM beside a TEE with a register of its own is not what the configuration rests on. */
static int measure(struct loaded *l, const struct evidence_platform *p,
		   const struct measured_pcr *pcr, struct err *e)
{
	struct err why = { 0 };

	if (!pcr)
		return 0;
	if (l->is_envelope)
		(void)measured_extend(pcr, buf_view(&l->document), &why);
	else
		(void)measured_pcr_absent(pcr, &why);
	l->is_pcr_ours = !why.kind;
	if (why.kind && !p->has_init_data)
		return err_set(e, why.kind, why.sys, why.where, "%s", why.text);
	if (why.kind)
		log_err(LOG_LEVEL_WARNING, "no use can be made of the TPM", &why);
	return 0;
}

static int check_algorithm(const struct envelope *env, const char *name, enum digest_alg measured,
			   struct err *e)
{
	return env->algorithm == measured
		       ? 0
		       : FAIL(e, FAIL_INPUT, "initdata names %s, %s was measured with %s",
			      digest_alg_name(env->algorithm), name, digest_alg_name(measured));
}

static int load_envelope(struct loaded *l, const struct evidence_platform *p,
			 const struct measured_pcr *pcr, struct err *e)
{
	AUTO_ENVELOPE struct envelope env = { .algorithm = DIGEST_SHA256 };
	enum digest_alg measured = DIGEST_SHA256;
	int failed =
		p->has_init_data ? measured_compare(p, buf_view(&l->document), &measured, e) : 0;

	if (!failed)
		failed = measure(l, p, pcr, e);
	if (!failed)
		failed = envelope_parse(buf_view(&l->document), &env, e);
	if (!failed && (p->has_init_data || pcr))
		failed = check_algorithm(&env, p->has_init_data ? p->name : MEASURED_PCR_NAME,
					 measured, e);
	if (!failed)
		failed = config_parse(buf_view(&env.config), &l->config, e);
	if (failed)
		return failed;
	return describe_measured(l, env.algorithm, p, e);
}

static int load_image(struct loaded *l, const struct evidence_platform *p,
		      const struct measured_pcr *pcr, struct err *e)
{
	int failed = measured_absent(p, e);

	if (!failed)
		failed = measure(l, p, pcr, e);
	if (!failed)
		failed = config_parse(buf_view(&l->document), &l->config, e);
	return failed ? failed : describe(l, DIGEST_SHA256, "image", "image", e);
}

/* What the host can do by giving a disk or none. A host that withholds it must not get the image's
 * defaults instead, nor hear which of them is missing. A document that was kept has been here. */
static int check_disk(const struct config_source *source, const struct evidence_platform *p,
		      struct err *e)
{
	if (source->document_fd >= 0)
		return 0;
	if (source->initdata_fd < 0)
		return measured_absent(p, e);
	if (p->is_image_only)
		return FAIL(e, FAIL_FORGED,
			    "an initdata disk, which nothing here measures: is this guest "
			    "confidential? Without a register for it the configuration must be the "
			    "image's");
	return 0;
}

int config_load(const struct config_source *source, const struct evidence_platform *p,
		const struct measured_pcr *pcr, struct loaded *ret, struct err *e)
{
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	int failed = check_disk(source, p, e);

	if (!failed)
		failed = read_document(source, &l, e);
	if (!failed)
		failed = l.is_envelope ? load_envelope(&l, p, pcr, e) : load_image(&l, p, pcr, e);
	if (failed)
		return failed;
	l.trust.debug = p->debug;
	loaded_done(ret);
	*ret = l;
	l = LOADED_EMPTY;
	return 0;
}
