#include "simd.h"
#include "vector.h"

/* So many equal stretches between the first and the last threshold; tables of that size are made on the stack. */
enum { BUCKETS = 4096, MOST_STEPS = 1024, LEAST_COUNT = 2048 };

/* Where to begin counting thresholds: `below` of them are at most the first number of a stretch, `most` lie within any. */
typedef struct {
  int32_t base, last, shift, most;
  int32_t thresholds[MOST_STEPS + 1];
  uint16_t below[BUCKETS + 1];
} stairs;

BW_INLINE void prepare(int32_t steps, const int32_t *thresholds, stairs *s)
{
  s->base = thresholds[0] - 1; /* what is smaller counts none, too */
  s->last = thresholds[steps - 1];
  const uint32_t span = (uint32_t)s->last - (uint32_t)s->base;
  s->shift = 0;
  while (span >> s->shift >= BUCKETS) s->shift++;
  for (int32_t k = 0; k < steps; k++) s->thresholds[k] = thresholds[k];
  s->thresholds[steps] = INT32_MAX; /* beyond the last number that is asked for */
  s->most = 0;
  for (int32_t bucket = 0, passed = 0; bucket <= BUCKETS; bucket++) {
    const int64_t first = s->base + ((int64_t)bucket << s->shift);
    while (passed < steps && thresholds[passed] <= first) passed++;
    s->below[bucket] = (uint16_t)passed;
    const int32_t within = bucket == 0 ? 0 : passed - s->below[bucket - 1];
    s->most = within > s->most ? within : s->most;
  }
}

/* How many thresholds are <= x. */
BW_INLINE int32_t passed(const stairs *s, int32_t most, int32_t x)
{
  const int32_t near = x < s->base ? s->base : x > s->last ? s->last : x;
  int32_t count = s->below[((uint32_t)near - (uint32_t)s->base) >> s->shift];
  for (int32_t k = 0; k < most; k++) count += s->thresholds[count] <= near;
  return count;
}

#define BW_DEFINE(to)                                                                                              \
  void bw_simd_staircase_i32_##to(int32_t count, int32_t steps, const int32_t *x, const int32_t *thresholds,       \
                                  const bw_##to *values, bw_##to *y)                                               \
  {                                                                                                                \
    const int usual = count >= LEAST_COUNT && steps > 0 && steps <= MOST_STEPS;                                    \
    if (!usual || thresholds[0] == INT32_MIN || thresholds[steps - 1] == INT32_MAX) {                              \
      bw_staircase_i32_##to(count, steps, x, thresholds, values, y);                                               \
      return;                                                                                                      \
    }                                                                                                              \
    stairs s;                                                                                                      \
    prepare(steps, thresholds, &s);                                                                                \
    if (s.most == 1) for (int32_t k = 0; k < count; k++) y[k] = values[passed(&s, 1, x[k])];                       \
    else for (int32_t k = 0; k < count; k++) y[k] = values[passed(&s, s.most, x[k])];                              \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
