/*
 * sealinit.json: what the owner of the pod wants. Strict: unknown members, wrong types, values out
 * of range are errors that name the member.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/messages.h"
#include "base/span.h"

enum config_tee { TEE_AUTO, TEE_SNP, TEE_TDX, TEE_SEV, TEE_TPM, TEE_SAMPLE };

/* Where the root secret comes from, of which all keys that outlive the guest are derived. */
enum config_root {
	ROOT_NONE,
	ROOT_BROKER, /* "kbs:///repository/type/tag"                         */
	ROOT_SNP,    /* "snp:derived": of the chip, policy and measurement   */
	ROOT_EFI,    /* "efi:secret": what was injected at launch            */
	ROOT_TPM,    /* "tpm:sealed": while PCRs 0 to 9 stand                */
	ROOT_RANDOM, /* "random": gone with the guest                        */
};

/* What tells a volume from an old copy of it. */
enum config_rollback {
	ROLLBACK_NONE, /* nothing                                                */
	ROLLBACK_TPM,  /* "tpm": a counter in the TPM's NV memory                */
};

struct config_net {
	bool is_given;		  /* false: somebody else sets the link up, we wait for it */
	char interface[IFNAMSIZ]; /* "": the first that is not lo                          */
	struct in_addr address;
	uint8_t prefix; /* 0 .. 32                                               */
	bool has_gateway;
	struct in_addr gateway;
	char nameservers[LIMIT_NAMESERVERS][INET6_ADDRSTRLEN];
	size_t nameserver_count;
	uint64_t deadline_ms; /* for the stage; set even when not given                */
};

struct config_broker {
	bool is_given;
	char url[LIMIT_URL_BYTES];
	struct buf roots;      /* PEM; empty with http */
	char server_name[256]; /* "": the URL's host   */
	bool insecure;
	uint64_t deadline_ms;
	char root_secret[LIMIT_PATH_BYTES]; /* "repository/type/tag"; "": not the broker's */
};

struct config_gpus {
	bool is_given;	/* false: the boot doesn't ask for them */
	uint32_t count; /* that there must be                   */
};

struct config_volume {
	char name[LIMIT_NAME_BYTES];
	char device[LIMIT_NAME_BYTES];
	char mount[LIMIT_PATH_BYTES];
	enum volume_create create;
	enum config_rollback rollback; /* with VOLUME_ALWAYS: ROLLBACK_NONE */
	uint32_t uid, gid, mode;
};

struct config {
	struct msg_config init; /* PID 1's share: on_failure and payload */
	enum config_tee tee;
	struct config_net net;
	struct config_broker broker;
	enum config_root root;
	struct config_gpus gpus;
	struct config_volume volumes[LIMIT_VOLUMES];
	size_t volume_count;
	bool seal_pod;
};

#define CONFIG_EMPTY ((struct config){ .tee = TEE_AUTO })
#define AUTO_CONFIG  __attribute__((cleanup(config_done)))

/* The mode of a new file system's root when the configuration does not say. */
#define CONFIG_VOLUME_MODE 0700

/*
 * Parses at most LIMIT_CONFIG_BYTES of JSON. *ret (empty or a config before) is replaced on success
 * only; config_done() it. -FAIL_INPUT, -FAIL_LIMIT, -FAIL_SYS (ENOMEM).
 */
int config_parse(struct span json, struct config *ret, struct err *e);
void config_done(struct config *c);

/* "repository/type/tag", each of [A-Za-z0-9._-] and neither "." nor "..", below
 * LIMIT_PATH_BYTES. Also asked of paths that tenants send. */
bool config_is_resource_path(const char *path);
