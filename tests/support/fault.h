/*
 * The fault injector: fails the n-th allocation or system call that our own code makes. The unit
 * binaries are linked with -Wl,--wrap for each call in FAULT_CALLS of the Makefile.
 *
 *   FAULT_EACH(fault, FAULT_MEMORY | FAULT_IO)
 *           ... one whole act; must fail cleanly, or succeed when nothing was injected ...
 */
#pragma once

#include <stdbool.h>

#define FAULT_MEMORY 1 /* malloc, calloc, realloc, mmap: ENOMEM */
#define FAULT_IO     2 /* read, write, pread, pwrite: EIO       */
#define FAULT_ERASE  4 /* unlinkat: says it did, and did not    */

/* The n-th call (from 1) of the kinds fails from now on, once. 0: none. */
void fault_arm(unsigned int n, int kinds);

/* All of the next `times` calls of the kinds fail, with the errno `sys`. */
void fault_arm_as(int sys, unsigned int times, int kinds);

/* True if the armed call was reached. */
bool fault_fired(void);

/* Runs its body with the first call failing, then the second, until none is left to fail. */
#define FAULT_EACH(n, kinds)                                                        \
	for (unsigned int n = 1; n == 1 || fault_fired(); fault_disarm_keep(), n++) \
		for (int n##_once = (fault_arm(n, (kinds)), 1); n##_once; n##_once = 0)

/* Stops failing, but remembers whether it did. */
void fault_disarm_keep(void);
