/* A network on a bare-metal RV64 machine with Berkeley's host-target interface: test cases in, tensors out. */
#ifndef BITWRIGHT_RV64_H
#define BITWRIGHT_RV64_H

#include "firmware.h"

/* What a step took, summed over the cases. */
typedef struct {
  uint64_t cycles, instructions;
} bw_rv64_counts;

/* A network, room for the counts of its steps, and how many cases it had. */
typedef struct {
  const bw_network *network;
  bw_rv64_counts *counts;
  uint64_t cases;
} bw_rv64_run;

/* Reads the inputs of one test case of each network in turn, again and again until they end, and writes the result of every step of each, all as bare
   elements. Then a line for each step of each network: network, step, cases, mean cycles, mean instructions. From and to the files that the program's three
   arguments name, by system calls that the host passes on; without arguments from standard input, to standard output and, the lines, to standard
   error. Returns the exit code. */
int bw_rv64_main(bw_rv64_run runs[], int32_t count);

#endif
