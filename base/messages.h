/*
 * What the programs say to each other (DESIGN: "Four programs"). Bodies are these structs, byte for
 * byte, of exactly their size; text fields are terminated and printable (ipc_is_text).
 *
 *   init <-> attest    control pair            init <-> api     control pair
 *   init <-- storage   control pair            attest <-> api   service pair
 *   attest --> storage key pair: one message, once
 */
#pragma once

#include <stdint.h>

#include "base/ipc.h"
#include "base/limits.h"

/* The way of a boot, in its order. */
enum stage {
	STAGE_BOOT,	/* init: kernel made ready, locked down            */
	STAGE_CONFIG,	/* attest: initdata read, compared, parsed         */
	STAGE_NET,	/* attest: link, address, route                    */
	STAGE_BROKER,	/* attest: from the first packet to the last key   */
	STAGE_EVIDENCE, /* attest: the driver's share of it                */
	STAGE_KEYS,	/* attest: root secret to keys                     */
	STAGE_VOLUMES,	/* storage, as seen by attest                      */
	STAGE_PAYLOAD,	/* init: its start                                 */
	STAGE_COUNT,
};

enum stage_state { STAGE_WAITING, STAGE_RUNNING, STAGE_DONE, STAGE_FAILED, STAGE_SKIPPED };

extern const char *const stage_names[STAGE_COUNT]; /* "boot", "config", ... */

/* attest -> init, init -> api (which also gets init's own stages). */
#define MSG_STAGE 1
struct msg_stage {
	uint32_t stage;
	uint32_t state;
	uint64_t start_us; /* clock_boot_us                              */
	uint64_t end_us;   /* 0 while it runs                            */
	uint32_t kind;	   /* enum err_kind when failed                  */
	char text[164];	   /* what it found, or why it failed; may be "" */
};

/* attest -> init, once the configuration is checked. The descriptor that comes along is a sealed
 * memfd with the verified document: PID 1 keeps it for an attest that is started again, so that the
 * host's bytes are read once. */
#define MSG_CONFIG 2
enum payload_kind { PAYLOAD_NONE, PAYLOAD_OCI, PAYLOAD_EXEC };
struct msg_config {
	uint32_t degraded;	       /* 1: on failure go on without secrets, and say so */
	uint32_t payload;	       /* enum payload_kind                               */
	uint32_t argc;		       /* PAYLOAD_EXEC: words, each terminated, in argv   */
	char bundle[LIMIT_PATH_BYTES]; /* PAYLOAD_OCI: directory              */
	char argv[512];
};

/* attest -> init -> api: which promises hold here. */
#define MSG_TRUST 3
struct msg_trust {
	uint32_t config_measured; /* 1: compared equal with the platform's register */
	uint32_t debug;		  /* 1: the image or platform allows debugging      */
	char tee[16];		  /* "snp", "tdx", "tpm", "sample"                         */
	char config_source[16];	  /* "initdata", "image"                            */
	char config_register[32]; /* "HOST_DATA", "MRCONFIGID", "PCR 8"     */
	char config_digest[136];  /* "sha256:<hex>"                                 */
	char log[16];		  /* who holds the event log's head: "rtmr", "pcr", "chain" */
};

/* attest -> init: everything a tenant was promised is there. No body. */
#define MSG_READY 4

/* attest -> init: it is not, and won't be. struct msg_failed. */
#define MSG_FAILED 5
struct msg_failed {
	uint32_t stage;
	uint32_t kind;
	char text[164];
};

/* init -> attest, init -> api: a new end of the service pair comes along. No body. */
#define MSG_PEER 6

/* init -> attest, init -> api: wipe and exit. No body. */
#define MSG_STOP 7

/* attest -> init: start a storage run. Answer (same id): its end of the key pair comes along. */
#define MSG_VOLUME_START 8
struct msg_volume_start {
	char name[LIMIT_NAME_BYTES];
};

/* storage -> init -> attest (id of the start) and api: how it went. A failure is an ipc status with
 * its text, the id tells the volume. */
#define MSG_VOLUME 9
enum volume_state { VOLUME_OPEN = 1, VOLUME_FAILED };
struct msg_volume {
	char name[LIMIT_NAME_BYTES];
	char mount[LIMIT_PATH_BYTES];
	char device[LIMIT_NAME_BYTES];	  /* what the host calls it: "vdb"          */
	char integrity[LIMIT_NAME_BYTES]; /* "hmac(sha256), journal"                */
	char rollback[16];		  /* "none", "session"                      */
	uint64_t size;			  /* bytes that the authenticated head gives */
	uint64_t epoch;
	uint64_t session; /* what the anchor is to say next; 0 with rollback "none" */
	uint32_t created; /* 1: formatted in this boot             */
	uint32_t state;	  /* enum volume_state                     */
	uint32_t kind;	  /* enum err_kind when it failed          */
	char text[164];	  /* why it failed, or ""                  */
};

/* attest -> storage: what to open and with what. Wiped by both. */
#define MSG_VOLUME_OPEN	 10
#define VOLUME_KEY_BYTES 32
#define ANCHOR_ID_BYTES	 32
enum volume_create { VOLUME_NEVER, VOLUME_IF_BLANK, VOLUME_ALWAYS };
struct msg_volume_open {
	char name[LIMIT_NAME_BYTES];
	char device[LIMIT_NAME_BYTES]; /* "/dev/vdb", "serial:data"            */
	char mount[LIMIT_PATH_BYTES];
	uint32_t create; /* enum volume_create */
	uint32_t uid;	 /* owner of a new file system's root */
	uint32_t gid;
	uint32_t mode; /* and its permissions */
	uint64_t epoch;
	uint64_t anchor;		    /* what it says; 0: none, any session opens */
	uint8_t anchor_id[ANCHOR_ID_BYTES]; /* whose it is; zero without one        */
	uint8_t wrap_key[VOLUME_KEY_BYTES]; /* unwraps the volume's random key      */
	uint8_t mac_key[VOLUME_KEY_BYTES];  /* authenticates the head               */
};

/* attest -> init: start sealinit-gpu for one question. Answer (same id): the other end of its
 * socket comes along (attest/gpu/wire.h), or why not. One runs at a time: the next waits for its
 * end. */
#define MSG_GPU_START 11
enum gpu_action {
	GPU_COLLECT = 1,
	GPU_SET_READY = 2, /* collects, and if all is well lets the devices accept work */
};
struct msg_gpu_start {
	uint32_t action; /* enum gpu_action: setting the state takes an administrator */
};

/* attest -> init -> api: one thing that the machine was probed for. The last word about an index
 * counts. */
#define MSG_FINDING 12
enum finding_state { FINDING_ABSENT = 1, FINDING_PRESENT, FINDING_USED };
struct msg_finding {
	uint32_t index; /* below LIMIT_FINDINGS: its place in the list */
	uint32_t state; /* enum finding_state                          */
	char name[32];	/* "configfs-tsm"                              */
	char text[192]; /* what it is for here, or ""                  */
};

/* api -> attest, answered with the same op and id. */
#define MSG_SEAL_KEYS 20
enum seal_scope { SCOPE_LIFE = 1, SCOPE_CONTAINER, SCOPE_POD };
#define SEAL_KEY_BYTES 32
#define SEAL_KEYS_MAX  8
struct msg_seal_keys { /* the answer; the question has no body */
	uint32_t count;
	uint32_t pad;
	struct {
		uint32_t scope; /* enum seal_scope */
		uint32_t epoch;
		uint8_t key[SEAL_KEY_BYTES];
	} keys[SEAL_KEYS_MAX];
};

/* Evidence over the caller's nonce. attest, not the API, builds the report data, so that an API
 * process in foreign hands can't have a broker's challenge signed. Answer: a sealed memfd with
 * JSON. A TEE that will give none any more in this boot is FAIL_SYS with a text that begins with
 * TEE_DEAD. */
#define TEE_DEAD     "tee-dead: "
#define MSG_EVIDENCE 21
enum evidence_part { PART_CPU = 1, PART_GPU = 2, PART_LOG = 4 };
#define PARTS_ALL (PART_CPU | PART_GPU | PART_LOG)
struct msg_evidence {
	char caller[LIMIT_NAME_BYTES];
	uint32_t parts;	    /* of enum evidence_part: PART_CPU always, the others as wished */
	uint32_t nonce_len; /* 1 .. LIMIT_NONCE_BYTES */
	uint8_t nonce[LIMIT_NONCE_BYTES];
};

/* A broker resource "repository/type/tag" on the guest's one session. Answer: a sealed memfd. One
 * that the broker does not have is FAIL_DENIED with a text that begins with SECRET_MISSING. */
#define SECRET_MISSING "missing: "
#define MSG_SECRET     22
struct msg_secret {
	char path[LIMIT_PATH_BYTES];
};

/* An event of a tenant's for the log: three texts (AAEL), and not with a domain of ours. Answer:
 * a sealed memfd with JSON. */
#define MSG_EVENT 23
struct msg_event {
	char caller[LIMIT_NAME_BYTES];
	char domain[LIMIT_EVENT_NAME_BYTES];
	char operation[LIMIT_EVENT_NAME_BYTES];
	char content[LIMIT_EVENT_BYTES];
};
/* The log as a whole. No body. Answer: a sealed memfd with JSON. */
#define MSG_EVENTLOG 24

/* The policy in force. No body. Answer: a sealed memfd with the JSON whose digest is in the log. */
#define MSG_POLICY 25
