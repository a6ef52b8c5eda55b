/*
 * Stands in for sealinit-gpu in the test image, and becomes the real program, which lies beside it.
 * The machine has no such devices on its bus: where there are any, they are those of keeper.c.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/roles.h"
#include "tests/guest/nvidia/nvidia.h"

#define WORDS 8

int main(int argc, char *argv[])
{
	static char option[] = "--pci", pci[] = NVIDIA_PCI;
	char *words[WORDS + 3];
	int n = 0;

	log_open("gpu", -1);
	while (n < argc && n < WORDS) {
		words[n] = argv[n];
		n++;
	}
	if (access(NVIDIA_PCI, F_OK) == 0) {
		words[n++] = option;
		words[n++] = pci;
	}
	words[n] = NULL;
	(void)execv(PATH_GPU ".real", words);
	log_error("exec: no " PATH_GPU ".real");
	return 127;
}
