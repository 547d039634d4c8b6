/* Local addresses, as commands have them. */
#ifndef OPERANDS_H
#define OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

enum { NOWHERE = -1 };
static inline bool is_accumulator(int32_t local) { return local < 0; }
static inline bool accumulates(int32_t local) { return (local & 0x40000000) != 0; }
static inline bool is_full(int32_t local) { return (local & 0x20000000) != 0; }

#endif
