/* The four functions that compilers call on their own. */
#include "console.h"

void *memcpy(void *to, const void *from, size_t bytes)
{
  char *target = to;
  for (const char *source = from; bytes > 0; bytes--) *target++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
  char *target = to;
  const char *source = from;
  if (target <= source) return memcpy(to, from, bytes);
  while (bytes > 0) {
    bytes--;
    target[bytes] = source[bytes];
  }
  return to;
}

void *memset(void *to, int value, size_t bytes)
{
  for (char *target = to; bytes > 0; bytes--) *target++ = (char)value;
  return to;
}

int memcmp(const void *left, const void *right, size_t bytes)
{
  const unsigned char *a = left, *b = right;
  for (; bytes > 0; bytes--, a++, b++) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}
