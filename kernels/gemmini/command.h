/* How a command comes to Gemmini: nothing else of the firmware for it is of the machine that it runs on. */
#ifndef BITWRIGHT_GEMMINI_COMMAND_H
#define BITWRIGHT_GEMMINI_COMMAND_H

#include <stdint.h>

/* The instruction: opcode custom-3, both source registers read, none written. */
#define GEMMINI_COMMAND(funct, first, second)                                                      \
  __asm__ volatile(".insn r 0x7b, 3, " #funct ", x0, %0, %1" ::"r"((uint64_t)(first)), "r"((uint64_t)(second)) : "memory")

/* The same for what touches only memory of the array's own. */
#define GEMMINI_LOCAL_COMMAND(funct, first, second)                                                \
  __asm__ volatile(".insn r 0x7b, 3, " #funct ", x0, %0, %1" ::"r"((uint64_t)(first)), "r"((uint64_t)(second)))

/* Everything that was commanded has happened. */
static inline void gemmini_fence(void)
{
  __asm__ volatile("fence" ::: "memory");
}

#endif
