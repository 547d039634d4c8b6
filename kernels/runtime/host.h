/* The command line of a network that runs on the machine on which it was compiled. */
#ifndef BITWRIGHT_HOST_H
#define BITWRIGHT_HOST_H

#include "firmware.h"

/* Does what the arguments of main ask for with each network in turn, and returns the exit code: 1 when a file is missing or has the
   wrong size, 2 when the arguments make no sense. */
int bw_host_main(const bw_network *const *networks, int32_t count, int argc, char **argv);

#endif
