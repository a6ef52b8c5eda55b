/* Who runs as whom, and where things are in the guest. One place, since PID 1 builds what the
 * others find. */
#pragma once

#define SEALINIT_VERSION "0.1.0"

#define ROLE_ATTEST_UID 901
#define ROLE_API_UID	902
#define ROLE_GPU_UID	903

#define PATH_LIB     "/usr/lib/sealinit" /* programs, libraries, loader, modules' list */
#define PATH_ATTEST  PATH_LIB "/sealinit-attest"
#define PATH_STORAGE PATH_LIB "/sealinit-storage"
#define PATH_API     PATH_LIB "/sealinit-api"
#define PATH_GPU     PATH_LIB "/sealinit-gpu"
#define PATH_MKE2FS  PATH_LIB "/mke2fs"
#define PATH_LOADER  PATH_LIB "/ld-linux-x86-64.so.2"
#define PATH_MODULES PATH_LIB "/modules" /* NAME.ko, uncompressed          */
#define PATH_MODULES_LIST \
	PATH_LIB "/modules/order" /* one NAME.ko a line; '?' before it: may fail */
#define PATH_GPU_KEEPER                                                                     \
	"/usr/bin/nvidia-persistenced"		 /* of NVIDIA's driver, if the image has it \
						  */
#define PATH_PLACES	  "etc/sealinit/devices" /* beneath the root: init/places.h */
#define PATH_IMAGE_CONFIG "/etc/sealinit/sealinit.json"

#define PATH_RUN	  "/run/sealinit"
#define PATH_API_SOCKET	  PATH_RUN "/api.sock"
#define API_ABSTRACT_NAME "sealinit"	      /* the abstract socket @sealinit */
#define PATH_VOLUMES	  PATH_RUN "/volumes" /* default mount points: PATH_VOLUMES/NAME */
#define PATH_TSM_REPORT	  "/sys/kernel/config/tsm/report"

/* The entry of the EFI secret area that is ours: what owners of SEV and SEV-ES guests inject under
 * it at launch is the guest's root secret. */
#define LAUNCH_SECRET_GUID "399d5029-3495-4a5b-b6ab-dd0d1d687dde"
