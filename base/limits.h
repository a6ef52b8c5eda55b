/* Every bound we set, with its unit and its reason. */
#pragma once

/* Configuration */
#define LIMIT_INITDATA_GZIP_BYTES (1024 * 1024)	    /* the length field is the host's word */
#define LIMIT_INITDATA_BYTES	  (4 * 1024 * 1024) /* gzip can grow a thousandfold        */
#define LIMIT_CONFIG_BYTES	  (256 * 1024)	    /* sealinit.json: a few roots and names */
#define LIMIT_ROOTS_BYTES	  (64 * 1024)	    /* PEM of the broker's roots            */
#define LIMIT_VOLUMES		  8		    /* one storage run each                 */
#define LIMIT_FINDINGS		  16
#define LIMIT_NAMESERVERS	  3   /* as resolv.conf                       */
#define LIMIT_NAME_BYTES	  64  /* volume and scope names, with NUL     */
#define LIMIT_PATH_BYTES	  256 /* paths in messages, with NUL          */
#define LIMIT_ARGV		  8   /* words of a payload's command         */
#define LIMIT_INITDATA_IMAGE_BYTES \
	(LIMIT_INITDATA_GZIP_BYTES + 64 * 1024) /* the disk, with its padding */
#define LIMIT_INITDATA_KEYS 32			/* members of [data]                    */

/* JSON */
#define LIMIT_JSON_DEPTH   32
#define LIMIT_JSON_MEMBERS 256	 /* of one object: looking for duplicates is quadratic */
#define LIMIT_JSON_VALUES  65536 /* of one document: cJSON takes 64 bytes for each       */

/* Evidence */
#define LIMIT_REPORT_BYTES   (128 * 1024) /* TDX quotes: 8 KiB today, 128 KiB buffers   */
#define LIMIT_EVIDENCE_BYTES (1024 * 1024)
#define LIMIT_NONCE_BYTES    64		  /* what fits the hardware's report data       */
#define LIMIT_EVENTLOG_BYTES (512 * 1024) /* CCEL areas: 64 KiB usual; fits evidence as base64 */

#define LIMIT_RTMR_BUSY_MS	  1000 /* another processor has the register: microseconds */
#define LIMIT_OWN_LOG_BYTES	  (256 * 1024) /* our events: some 1,500; fits evidence as base64 */
#define LIMIT_OWN_LOG_RESERVE	  (32 * 1024)  /* of it, where tenants' events don't go         */
#define LIMIT_EVENTLOG_JSON_BYTES (512 * 1024) /* our events as base64                    */
#define LIMIT_POLICY_BYTES	  4096	       /* what tenants may, as JSON                       */
#define LIMIT_EVENT_NAME_BYTES	  64	       /* domain and operation of an event, with NUL      */
#define LIMIT_EVENT_BYTES	  512	       /* its content, with NUL: fits a message with them */

/* The TPM */
#define LIMIT_TPM_BYTES \
	4096 /* a command or an answer; the platform profile's least buffer, and most TPMs' */
#define LIMIT_TPM_MS 30000 /* an RSA key is made in it, by slow ones                     */

/* NVIDIA's devices */
#define LIMIT_GPUS	       8	    /* no machine has more                          */
#define LIMIT_SWITCHES	       4	    /* nor more of those that attest                */
#define LIMIT_GPU_ANSWER_BYTES (160 * 1024) /* of each a report of 8 KiB, a chain of 5 KiB  */
#define LIMIT_GPU_MS	       20000	    /* all of them: 35 to 100 ms each, if NVML lives */
#define LIMIT_GPU_KEEPER_MS    60000	    /* nvidia-persistenced: seconds a device          */
#define LIMIT_GPU_STARTS       4	    /* that wait for the one under way               */

/* The host's quoting service */
#define LIMIT_QGS_ID_BYTES   256    /* of the key it chose: none in use                */
#define LIMIT_QGS_CONF_BYTES 4096   /* a line with a port, in a file of Intel's        */
#define LIMIT_QGS_CONNECT_MS 500    /* it is on the same machine                       */
#define LIMIT_QGS_MS	     5000   /* one quote: 4 ms, seconds when it asks its cloud */
#define LIMIT_QGS_REST_MS    300000 /* without another try, after one that took long   */

/* Broker */
#define LIMIT_URL_BYTES		   512
#define LIMIT_HTTP_HEAD_BYTES	   (32 * 1024) /* status line and headers of an answer      */
#define LIMIT_HTTP_BODY_BYTES	   (2 * 1024 * 1024)
#define LIMIT_TOKEN_BYTES	   (64 * 1024)
#define LIMIT_RESOURCE_BYTES	   (1024 * 1024)
#define LIMIT_HTTP_FIELDS	   128	/* header lines of an answer                     */
#define LIMIT_HTTP_INTERIMS	   4	/* 1xx answers in front of one: we ask for none  */
#define LIMIT_COOKIE_BYTES	   128	/* the session's id, with NUL: 32 in use         */
#define LIMIT_BROKER_NONCE_BYTES   1024 /* opaque text: 44 in use                    */
#define LIMIT_BROKER_REQUEST_BYTES (8 * 1024 * 1024) /* evidence and initdata, escaped */
#define LIMIT_ATTEST_TRIES	   3 /* evidence that the broker refuses, a fetch     */

/* Keys */
#define LIMIT_SECRET_BYTES    (1024 * 1024) /* a broker resource is a secret too          */
#define ROOT_SECRET_MIN_BYTES 32
#define ROOT_SECRET_MAX_BYTES 4096
#define SECRET_AREA_BYTES     4096 /* what firmware sets aside, with all entries' heads   */

/* Names on the network */
#define LIMIT_DNS_BYTES		512  /* RFC 1035 4.2.1: we announce no more      */
#define LIMIT_DNS_CNAMES	8    /* aliases followed within one answer       */
#define LIMIT_RESOLV_CONF_BYTES 8192 /* the agent writes three lines             */
#define LIMIT_DNS_TRY_MS	1500 /* for one nameserver to answer in          */

/* The tenants' socket */
#define LIMIT_API_HEAD_BYTES  (16 * 1024)
#define LIMIT_API_BODY_BYTES  (8 * 1024 * 1024) /* two bodies of it fit the guest's memory */
#define LIMIT_API_CONNECTIONS 256
#define LIMIT_CONTEXT_BYTES   1024		 /* authenticated context of a sealed blob   */
#define LIMIT_API_HEADERS     64		 /* lines of a request head                  */
#define LIMIT_API_QUESTIONS   64		 /* open at attest at once                   */
#define LIMIT_API_SMALL_BYTES (16 * 1024)	 /* bodies and answers that are not counted   */
#define LIMIT_API_HELD_BYTES  (24 * 1024 * 1024) /* the counted ones, together             */

/* Waiting, in milliseconds */
#define LIMIT_CHILD_STOP_MS    3000   /* a child that was told to stop                  */
#define LIMIT_PAYLOAD_STOP_MS  10000  /* the payload, between SIGTERM and SIGKILL       */
#define LIMIT_STORAGE_OPEN_MS  120000 /* format, mkfs and mount under emulation         */
#define LIMIT_STORAGE_CLOSE_MS 20000
#define LIMIT_CONFIG_MS	       15000 /* reading and checking the configuration         */
#define DEFAULT_NET_MS	       15000
#define DEFAULT_BROKER_MS      60000
#define MAX_DEADLINE_MS	       600000 /* what a configuration may ask for               */
#define LIMIT_CONNECT_MS       10000  /* a name, TCP and TLS to the broker            */
#define LIMIT_EXCHANGE_MS      30000  /* one answer of the broker's: it may ask others */
#define LIMIT_API_REQUEST_MS   10000  /* a tenant's request, from its first byte on    */
#define LIMIT_API_ANSWER_MS    30000  /* a tenant reads its answer                     */
#define LIMIT_API_IDLE_MS      60000  /* a connection without a request                */
#define LIMIT_API_LINGER_MS    2000   /* reading off the rest of a refused request     */
#define LIMIT_API_QUESTION_MS  32000  /* attest answers the API: its own time, and the way */
#define LIMIT_LOG_MS	       10000  /* the event log, while a quote over it is made   */
#define LIMIT_QUESTION_MS      30000  /* a tenant's question, its time in the queue included */
#define LIMIT_QUESTIONS	       64     /* of tenants, waiting in one lane                */
#define LIMIT_CALLER_QUESTIONS 48     /* of one of them: the rest is for the others     */
#define LIMIT_TELL_MS	       5000   /* PID 1 takes a message; it never blocks for long */
#define LIMIT_WORKER_STOP_MS   1000   /* the worker puts its secrets away before we leave */

/* PID 1 */
#define LIMIT_MODULES	      128		 /* rows of the modules' list                     */
#define LIMIT_PLACES_BYTES    (16 * 1024)	 /* where an image has its devices                */
#define LIMIT_MODULES_BYTES   (16 * 1024)	 /* and its size                                  */
#define LIMIT_RESTARTS	      5			 /* of one program, within the window             */
#define LIMIT_RESTART_MS      60000		 /* the window                                    */
#define LIMIT_LISTEN_BACKLOG  128		 /* tenants that wait while the API starts again  */
#define LIMIT_MEMLOCK_BYTES   (64 * 1024 * 1024) /* locked key pages of a resident              */
#define LIMIT_PAYLOAD_FILES   1048576		 /* what systemd and NVRC give kata-agent         */
#define LIMIT_ENTROPY_MS      10000		 /* until the kernel's generator is seeded        */
#define LIMIT_FIRST_WORD_MS   60000  /* attest, to its configuration: a slow report too */
#define LIMIT_SILENCE_MS      720000 /* attest, before ready: the longest stage and a volume */
#define LIMIT_KILL_MS	      2000   /* from SIGKILL to the end, if the kernel can    */
#define LIMIT_SYNC_MS	      5000   /* the host may stall the disk for ever          */
#define LIMIT_MESSAGES_A_TURN 16     /* of one child, before the others get theirs    */

/* Volumes */
#define LIMIT_STORAGE_KEY_MS 30000 /* from the program's start to its keys             */
#define LIMIT_MKFS_MS	     60000 /* mke2fs, under emulation                          */
#define LIMIT_VOLUME_UNDO_MS 5000  /* closing what a failed open has opened            */
#define LIMIT_ANCHOR_MS	     20000 /* one act of a TPM's; its first key may take seconds */

/* Verifying evidence */
#define LIMIT_VERIFY_FILES 64
#define LIMIT_VERIFY_FILE_BYTES \
	(2 * 1024 * 1024)	     /* the longest: evidence of a whole GPU machine  */
#define LIMIT_VERIFY_PARTS	  32 /* a CPU, 8 GPUs, 4 switches, a TPM, logs        */
#define LIMIT_VERIFY_FINDINGS	  2048
#define LIMIT_VERIFY_MISSING	  256
#define LIMIT_VERIFY_JSON_BYTES	  (8 * 1024 * 1024)
#define LIMIT_VERIFY_POLICY_BYTES (1024 * 1024)
#define LIMIT_VERIFY_REFS	  4096 /* reference values of one list                  */
#define LIMIT_VERIFY_CERT_BYTES	  (8 * 1024)
#define LIMIT_VERIFY_CRL_BYTES	  (1024 * 1024) /* Intel's platform CRL: 2 KiB, and growing      */
#define LIMIT_VERIFY_STORE_BYTES \
	(16 * 1024 * 1024) /* all that was added, together                */
#define LIMIT_RIM_BYTES		 (256 * 1024)
#define LIMIT_VERIFY_STORE_FILES 1024	      /* looked through one by one                    */
#define LIMIT_TCB_BYTES		 (256 * 1024) /* TCB info of a platform: 40 KiB in use         */
#define LIMIT_TCB_LEVELS	 128	      /* of one list: 20 in use                        */
#define LIMIT_TCB_MODULES	 32	      /* TDX module identities: 2 in use               */
#define LIMIT_TCB_ADVISORIES	 64	      /* of one level: 30 in use                       */
#define LIMIT_VERIFY_EVENTS	 4096	      /* of one event log: 20 to 300 in use               */
#define LIMIT_OCSP_BYTES	 (16 * 1024) /* an answer about one certificate, with its responder's */
#define LIMIT_RIM_ANSWER_BYTES \
	(512 * 1024) /* of the RIM service: a RIM in base64, and its digest */
