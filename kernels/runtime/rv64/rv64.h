/* A network on a bare-metal RV64 machine with Berkeley's host-target interface: test cases in, tensors out. */
#ifndef BITWRIGHT_RV64_H
#define BITWRIGHT_RV64_H

#include "firmware.h"

/* Reads the inputs of one test case after the other from standard input until it ends, and writes the result of every step of each to standard
   output, all as bare elements. Then a line for each step to standard error: network, step, cases, mean cycles. Returns the exit code. */
int bw_rv64_main(const bw_network *network);

#endif
