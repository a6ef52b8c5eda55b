/*
 * A report directory as configfs has it, in a scratch directory, with a thread that plays the TEE:
 * outblob is a FIFO, so that the fake acts when it is read, as the kernel does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_tsm {
	char provider[32];
	char generation_before[24];
	char generation_after[24]; /* as text, from the first report on */
	char floor[8];		   /* privlevel_floor; "": not there     */
	uint8_t out[8192];	   /* the report                         */
	size_t out_len;
	size_t data_at; /* where it takes the 64 bytes of inblob; SIZE_MAX: nowhere */
	uint8_t aux[4096];
	size_t aux_len;
	int reports;	  /* how many it gives */
	bool is_counting; /* generation is the number of reports */
	int given;	  /* reports, so far */
	int foreign;	  /* that many of them bind other data */
};

/* A descriptor of the directory. The fake must stay where it is. */
int fake_tsm_dir(struct fake_tsm *fake);
