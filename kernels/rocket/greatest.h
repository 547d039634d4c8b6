/* The greatest of many int8_t, 32 at a time: hardly any is greater than the greatest before it, and one test tells that of all of them. */
#ifndef BITWRIGHT_ROCKET_GREATEST_H
#define BITWRIGHT_ROCKET_GREATEST_H

#include <stdint.h>

#define BW_SELDOM(condition) __builtin_expect((condition) != 0, 0)

/* The greatest of `greatest` and eight elements. */
static inline int32_t bw_greatest_of_8(const int8_t *x, int32_t greatest)
{
  const int32_t a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7];
  if (BW_SELDOM(a > greatest)) greatest = a;
  if (BW_SELDOM(b > greatest)) greatest = b;
  if (BW_SELDOM(c > greatest)) greatest = c;
  if (BW_SELDOM(d > greatest)) greatest = d;
  if (BW_SELDOM(e > greatest)) greatest = e;
  if (BW_SELDOM(f > greatest)) greatest = f;
  if (BW_SELDOM(g > greatest)) greatest = g;
  if (BW_SELDOM(h > greatest)) greatest = h;
  return greatest;
}

/*
 * The greatest of x, count >= 1, -128 at least. In each byte of a word of eight elements, its sign bit being clear and g >= 0, adding 127 - g sets that
 * bit where the element is above g. What a negative element carries into its neighbour is one: it can only report an element that is g, and whatever
 * is reported is looked at one by one. Where g < 0, every element that is not negative is above g, and of the others those whose lower seven
 * bits are; without the sign bits nothing is carried.
 */
static inline int32_t bw_greatest(const int8_t *x, int32_t count)
{
  const uint64_t ones = 0x0101010101010101u, signs = 0x8080808080808080u;
  int32_t greatest = -128;
  if (count < 16) {
    for (int32_t j = 0; j < count; j++) {
      if (x[j] > greatest) greatest = x[j];
    }
    return greatest;
  }

  /* The ends first, as elements and as a guess; the words that are aligned between them cover the rest. */
  greatest = bw_greatest_of_8(x, greatest);
  greatest = bw_greatest_of_8(x + count - 8, greatest);
  const int32_t head = (int32_t)(-(uintptr_t)x & 7);
  const uint64_t *word = (const uint64_t *)(const void *)(x + head);
  int32_t words = (count - head) >> 3;
  for (; words > 0 && greatest < 0; words--, word++) {
    const uint64_t low = (*word & ~signs) + ones * (uint64_t)(-1 - greatest);
    if (BW_SELDOM((*word & ~low & signs) != signs)) greatest = bw_greatest_of_8((const int8_t *)word, greatest);
  }

  uint64_t margin = ones * (uint64_t)(127 - greatest);
#define BW_ABOVE(elements) (((elements) + margin) & ~(elements))
  for (; words >= 4; words -= 4, word += 4) {
    const uint64_t a = word[0], b = word[1], c = word[2], d = word[3];
    const uint64_t p = BW_ABOVE(a), q = BW_ABOVE(b), r = BW_ABOVE(c), s = BW_ABOVE(d);
    if (!BW_SELDOM((p | q | r | s) & signs)) continue;
    if (p & signs) greatest = bw_greatest_of_8((const int8_t *)word, greatest);
    if (q & signs) greatest = bw_greatest_of_8((const int8_t *)(word + 1), greatest);
    if (r & signs) greatest = bw_greatest_of_8((const int8_t *)(word + 2), greatest);
    if (s & signs) greatest = bw_greatest_of_8((const int8_t *)(word + 3), greatest);
    margin = ones * (uint64_t)(127 - greatest);
  }
  for (; words > 0; words--, word++) {
    if (BW_SELDOM(BW_ABOVE(*word) & signs)) greatest = bw_greatest_of_8((const int8_t *)word, greatest);
  }
#undef BW_ABOVE
  return greatest;
}

#endif
