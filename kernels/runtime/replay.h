/* What a replay build does beside what the firmware does: it keeps the result of a call before the next one takes it. */
#ifndef BITWRIGHT_REPLAY_H
#define BITWRIGHT_REPLAY_H

#include <stddef.h>

static inline void bw_keep(void *kept, const void *result, size_t bytes)
{
  char *to = kept;
  const char *from = result;
  for (size_t i = 0; i < bytes; i++) to[i] = from[i];
}

#endif
