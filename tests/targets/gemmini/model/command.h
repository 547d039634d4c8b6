/* In place of kernels/gemmini/command.h: commands come to a model of the array on this computer. */
#ifndef BITWRIGHT_GEMMINI_COMMAND_H
#define BITWRIGHT_GEMMINI_COMMAND_H

#include <stdint.h>

#define GEMMINI_COMMAND(funct, first, second) gemmini_command(funct, (uint64_t)(first), (uint64_t)(second))
#define GEMMINI_LOCAL_COMMAND GEMMINI_COMMAND

void gemmini_command(int funct, uint64_t first, uint64_t second);
void gemmini_fence(void);

#endif
