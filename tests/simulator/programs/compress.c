/* LZ77 with a hash table of earlier places and a canonical bit stream, there and back, and the Adler-32 sums of both. */
#include "runtime/console.h"

enum { SIZE = 6000, WINDOW = 2048, LONGEST = 34, SHORTEST = 3, HASHES = 1024 };

static uint8_t text[SIZE], packed[2 * SIZE], unpacked[SIZE];
static int16_t latest[HASHES], earlier[SIZE];
static size_t position;

static void put(uint32_t value, int bits)
{
  for (int bit = bits - 1; bit >= 0; bit--, position++) {
    if ((value >> bit & 1) != 0) packed[position / 8] |= (uint8_t)(0x80 >> position % 8);
  }
}

static uint32_t get(int bits)
{
  uint32_t value = 0;
  for (; bits > 0; bits--, position++) value = value << 1 | (packed[position / 8] >> (7 - position % 8) & 1);
  return value;
}

static uint32_t adler(const uint8_t *bytes, size_t count)
{
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < count; i++) {
    a = (a + bytes[i]) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

static uint32_t hash(const uint8_t *at)
{
  return ((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]) * 2654435761u >> 22;
}

static void pack(void)
{
  for (int i = 0; i < HASHES; i++) latest[i] = -1;
  for (int at = 0; at < SIZE;) {
    int best = 0, distance = 0;
    if (at + SHORTEST <= SIZE) {
      int tries = 16;
      for (int from = latest[hash(text + at)]; from >= 0 && at - from < WINDOW && tries > 0; from = earlier[from], tries--) {
        int length = 0;
        while (length < LONGEST && at + length < SIZE && text[from + length] == text[at + length]) length++;
        if (length > best) {
          best = length;
          distance = at - from;
        }
      }
    }
    if (best < SHORTEST) {
      put(0, 1);
      put(text[at], 8);
      best = 1;
    } else {
      put(1, 1);
      put((uint32_t)distance, 11);
      put((uint32_t)(best - SHORTEST), 5);
    }
    for (; best > 0; best--, at++) {
      if (at + SHORTEST > SIZE) continue;
      const uint32_t slot = hash(text + at);
      earlier[at] = latest[slot];
      latest[slot] = (int16_t)at;
    }
  }
}

static void unpack(void)
{
  for (int at = 0; at < SIZE;) {
    if (get(1) == 0) {
      unpacked[at++] = (uint8_t)get(8);
      continue;
    }
    const int distance = (int)get(11);
    for (int length = (int)get(5) + SHORTEST; length > 0; length--, at++) unpacked[at] = unpacked[at - distance];
  }
}

int main(void)
{
  static const char *const words[8] = {"quantise ", "the ", "tensor ", "of ", "integers ", "exactly, ", "row by ", "row. "};
  uint32_t random = 1;
  for (int at = 0; at < SIZE;) {
    random = random * 1664525u + 1013904223u;
    for (const char *c = words[random >> 29]; *c != '\0' && at < SIZE; c++) text[at++] = (uint8_t)*c;
  }
  pack();
  report("packed bits", position);
  report("packed", adler(packed, (position + 7) / 8));
  position = 0;
  unpack();
  report("text", adler(text, SIZE));
  report("unpacked", adler(unpacked, SIZE));
  return 0;
}
