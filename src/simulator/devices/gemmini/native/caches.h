/* The core's caches, as an accelerator's accesses meet them: the same tags in the same memory that timing/caches.ts works on. */
#ifndef CACHES_H
#define CACHES_H

#include <stdbool.h>
#include <stdint.h>

enum { VALID = 1, DIRTY = 2, FILTER_ENTRIES = 256, NO_LINE = -1 };

typedef enum { HIT, MISS, CHANGED } Found;

typedef struct {
  int32_t *tags;
  /* The shift register that chooses victims. */
  int32_t *random;
  int32_t sets;
  int32_t ways;
} Cache;

/* Where the host says they are; `line_shift` is negative where there are none. */
typedef struct {
  double memory_latency;
  int32_t line_shift;
  Cache data;
  Cache shared;
  /* Filters of lines that are known to be in the data cache, and to be dirty there. */
  int32_t *loads;
  int32_t *stores;
  int64_t *writebacks;
} Caches;

static inline int32_t *set_of(const Cache *cache, int32_t line) { return cache->tags + (line & (cache->sets - 1)) * cache->ways; }

/* Where a line's tag is; NULL where it is not. */
static inline int32_t *find(const Cache *cache, int32_t line) {
  int32_t *set = set_of(cache, line);
  int32_t wanted = (int32_t)((uint32_t)line << 2) | VALID;
  for (int32_t way = 0; way < cache->ways; way++)
    if ((set[way] & ~DIRTY) == wanted) return set + way;
  return 0;
}

/* Puts a line into a random way of its set, also while others are empty, and gives the tag that was there: 0 if none was. */
static int32_t replace(const Cache *cache, int32_t line) {
  int32_t random = *cache->random;
  int32_t feedback = random >> 15 ^ random >> 13 ^ random >> 12 ^ random >> 10;
  *cache->random = (random << 1 & 0xffff) | (feedback & 1);
  int32_t *at = set_of(cache, line) + random % cache->ways;
  int32_t old = *at;
  *at = (int32_t)((uint32_t)line << 2) | VALID;
  return old;
}

static inline void forget(int32_t *filter, int32_t line) {
  if (filter[line & (FILTER_ENTRIES - 1)] == line) filter[line & (FILTER_ENTRIES - 1)] = NO_LINE;
}

/* The core's own caches lose a line: whether it was changed there. */
static bool forget_line(const Caches *caches, int32_t line) {
  forget(caches->loads, line);
  forget(caches->stores, line);
  int32_t *tag = find(&caches->data, line);
  if (tag == 0) return false;
  bool changed = (*tag & DIRTY) != 0;
  *tag = 0;
  return changed;
}

/* Has the shared cache have a line: where its tag was, or NULL. */
static inline int32_t *refill(const Caches *caches, int32_t line) {
  int32_t *tag = find(&caches->shared, line);
  if (tag != 0) return tag;
  int32_t victim = replace(&caches->shared, line);
  if ((victim & VALID) != 0) forget_line(caches, (int32_t)((uint32_t)victim >> 2));
  return 0;
}

static inline Found read_line(const Caches *caches, int32_t line) {
  int32_t *tag = refill(caches, line);
  if (tag == 0) return MISS;
  int32_t *own = find(&caches->data, line);
  if (own == 0 || (*own & DIRTY) == 0) return HIT;
  *own &= ~DIRTY;
  forget(caches->stores, line);
  *tag |= DIRTY;
  ++*caches->writebacks;
  return CHANGED;
}

static inline Found write_line(const Caches *caches, int32_t line) {
  int32_t *tag = refill(caches, line);
  *(tag != 0 ? tag : find(&caches->shared, line)) |= DIRTY;
  if (forget_line(caches, line)) return CHANGED;
  return tag != 0 ? HIT : MISS;
}

#endif
