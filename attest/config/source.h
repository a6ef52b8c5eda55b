/*
 * Where the configuration comes from, and what that is worth: initdata (measured by the platform),
 * a file of the image (measured with the image), or the document that PID 1 kept from an attest
 * before us.
 */
#pragma once

#include "attest/config/config.h"
#include "attest/config/measured.h"
#include "attest/evidence/driver.h"
#include "base/err.h"
#include "base/messages.h"
#include "base/span.h"

struct config_source {
	int initdata_fd;	/* the disk with the magic, or -1               */
	int document_fd;	/* a sealed memfd from an earlier load, or -1   */
	const char *image_path; /* read when both are -1                        */
};

struct loaded {
	struct config config;
	struct buf document; /* the verified bytes: an envelope (TOML), or JSON of the image */
	bool is_envelope;
	bool is_pcr_ours; /* a TPM's PCR 8 holds this document, or nothing if the image has it */
	struct msg_trust trust; /* all but `tee`, which is chosen later */
};

#define LOADED_EMPTY ((struct loaded){ .is_envelope = false })
#define AUTO_LOADED  __attribute__((cleanup(loaded_done)))

/*
 * Reads the one source there is, compares, then parses.
 *
 *   p     what the platform measured; has_init_data false for one without a register
 *   pcr   which the guest fills itself, before it parses; NULL without a TPM. Where it is the only
 *         register it counts, must hold the document, and the envelope names sha256; beside another
 *         one a failure is a warning, and is_pcr_ours stays false
 *   ret   the caller's; replaced on success only
 *
 * -FAIL_FORGED  the platform measured something else, or something where there is nothing; or it
 *               measures nothing, and takes the image's configuration alone: of a disk not a byte
 *               is read
 * -FAIL_INPUT   a document that breaks its rules; no document at all (the text says what to do)
 * -FAIL_LIMIT, -FAIL_SYS
 */
int config_load(const struct config_source *source, const struct evidence_platform *p,
		const struct measured_pcr *pcr, struct loaded *ret, struct err *e);
void loaded_done(struct loaded *l);
