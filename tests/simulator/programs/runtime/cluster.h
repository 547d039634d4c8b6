/* What the programs of several cores share. */
#ifndef CLUSTER_H
#define CLUSTER_H

#include "console.h"

enum { cores = 8 };

/* Returns when all cores have called it: barrier 0 of the machine. */
void wait_for_all(void);

/* A lock by atomic exchange. */
typedef volatile uint32_t lock_t;

static inline void acquire(lock_t *lock)
{
  uint32_t taken;
  do __asm__ volatile("amoswap.w.aq %0, %1, (%2)" : "=r"(taken) : "r"(1), "r"(lock) : "memory");
  while (taken != 0);
}

static inline void release(lock_t *lock)
{
  __asm__ volatile("amoswap.w.rl zero, zero, (%0)" : : "r"(lock) : "memory");
}

static inline uint32_t add_atomically(volatile uint32_t *to, uint32_t value)
{
  uint32_t old;
  __asm__ volatile("amoadd.w %0, %1, (%2)" : "=r"(old) : "r"(value), "r"(to) : "memory");
  return old;
}

static inline uint32_t cycle(void)
{
  uint32_t now;
  __asm__ volatile("csrr %0, mcycle" : "=r"(now) : : "memory");
  return now;
}

#endif
