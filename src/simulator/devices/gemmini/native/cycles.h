/* Cycles, which are whole for most units. */
#ifndef CYCLES_H
#define CYCLES_H

#include <stdint.h>

static inline double later(double a, double b) { return a > b ? a : b; }
static inline double sooner(double a, double b) { return a < b ? a : b; }
static inline int64_t whole(double cycle) { return (int64_t)__builtin_ceil(cycle); }

#endif
