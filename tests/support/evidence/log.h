/*
 * Event logs for tests, as firmware, Linux and CoCo's agent write them, with the registers that
 * they lead to.
 *
 *   struct eventlog l = eventlog_cc();
 *   eventlog_boot(&l);
 *   eventlog_aael(&l, 4, "domain operation content");
 *   eventlog_end(&l, 0xff, 8);
 *   ... l.bytes, eventlog_register(&l, EVENTLOG_SHA384, 4) ...
 *   eventlog_done(&l);
 *
 * Aborts when memory runs out. Layout: TCG PC Client Platform Firmware Profile, 10.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

#define EVENTLOG_SHA1	0x0004
#define EVENTLOG_SHA256 0x000b
#define EVENTLOG_SHA384 0x000c
#define EVENTLOG_SHA512 0x000d
#define EVENTLOG_SM3	0x0012

#define EVENTLOG_ALGS	   5
#define EVENTLOG_REGISTERS 24

struct eventlog {
	struct buf bytes;
	bool is_cc;
	uint16_t algs[EVENTLOG_ALGS];
	size_t alg_count;
	uint8_t registers[EVENTLOG_ALGS][EVENTLOG_REGISTERS][64];
	size_t last; /* where the last event begins in `bytes` */
};

/* What an event is made of; what is left zero is left out. */
struct eventlog_event {
	uint32_t reg, type;
	struct span measured; /* the digests are over this; at NULL: over `data`       */
	struct span data;
	const uint8_t *digest; /* instead, for all algorithms: the first bytes of these 64 */
	bool unmeasured;       /* no register is extended                              */
	uint32_t leave_out;    /* algorithms, a bit each by their order in the log     */
};

struct eventlog eventlog_cc(void);	  /* CCEL of a TD: register 1, SHA-384        */
struct eventlog eventlog_tpm(void);	  /* a TPM's: PCR 0, SHA-1, SHA-256, SHA-384  */
struct eventlog eventlog_aael_only(void); /* what CoCo's agent writes without a CCEL */
/* With a header of these bytes (the Spec ID structure) instead. */
struct eventlog eventlog_headed(uint32_t reg, struct span spec);
void eventlog_done(struct eventlog *l);

void eventlog_add(struct eventlog *l, const struct eventlog_event *event);

/* The usual ones. */
void eventlog_text(struct eventlog *l, uint32_t reg, uint32_t type, const char *text);
void eventlog_separator(struct eventlog *l, uint32_t reg, uint32_t value);
/* `type` 0x80000002: the digest is over the contents alone. The global GUID, or the security one
 * for db and dbx. */
void eventlog_variable(struct eventlog *l, uint32_t reg, uint32_t type, const char *name,
		       struct span contents);
void eventlog_tag(struct eventlog *l, uint32_t reg, uint32_t tag, const char *text,
		  struct span measured);
void eventlog_aael(struct eventlog *l, uint32_t reg, const char *text);
void eventlog_image(struct eventlog *l, uint32_t reg, struct span image);
void eventlog_grub(struct eventlog *l, uint32_t reg, const char *word, const char *text);
void eventlog_locality(struct eventlog *l, uint8_t locality);

/* All that a guest with a kernel and an initrd leaves in its log, secure boot as said. */
void eventlog_boot(struct eventlog *l, bool secure);

/* `count` bytes at the end. */
void eventlog_end(struct eventlog *l, uint8_t fill, size_t count);

/* 64 bytes, of which the algorithm's are used. By the log's number. */
const uint8_t *eventlog_register(const struct eventlog *l, uint16_t alg, uint32_t reg);
