/* What a genuine device report says that the group and the binding compare. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GPU_LINKS     18 /* NVLinks of a GPU, field 22    */
#define GPU_PDI_BYTES 8
#define GPU_GROUP     8 /* GPUs of a protected PCIe group */

struct gpu_facts {
	bool is_switch;
	char arch[16];		    /* "HOPPER", "BLACKWELL", "LS10": as certified             */
	uint8_t pdi[GPU_PDI_BYTES]; /* from certificate #1                                 */
	uint8_t leaf_serial[20];
	size_t leaf_serial_len;
	char driver[32];
	char vbios[32];
	uint8_t report_sha384[48]; /* of the report to the end of its signature            */
	uint8_t chain_sha384[48];  /* of the certificates' DER, leaf first                 */
	bool has_ppcie, ppcie;	   /* field 21                                             */
	bool has_feature;
	uint16_t feature; /* field 36                                                      */
	bool has_links;
	uint8_t links[GPU_LINKS][GPU_PDI_BYTES]; /* GPU field 22, byte order of a PDI       */
	bool has_own_pdi;
	uint8_t own_pdi[GPU_PDI_BYTES]; /* switch field 22                                  */
	bool has_gpus;
	uint8_t gpus[GPU_GROUP][GPU_PDI_BYTES]; /* switch field 26                          */
	bool has_position, has_lock;
	uint16_t position; /* switch field 24                                              */
	uint16_t lock;	   /* switch field 25                                              */
};
