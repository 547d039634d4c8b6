/* Loops with several entries, which no structured statement makes. */
#include "runtime/console.h"

static __attribute__((noinline)) uint32_t two_entries(uint32_t n, uint32_t x)
{
  uint32_t sum = x;
  if ((x & 1) != 0) goto second;
first:
  sum = sum * 3 + n;
  if (n-- == 0) return sum;
  if ((sum & 8) != 0) goto first;
second:
  sum ^= sum >> 3;
  sum += 17;
  if (n == 0) return sum;
  n--;
  if ((sum & 4) != 0) goto second;
  goto first;
}

static __attribute__((noinline)) uint32_t three_entries(uint32_t n, uint32_t x)
{
  switch (x % 3) {
  case 0:
    for (; n > 0; n -= n > 0) {
      x = x * 5 + 1;
      while ((x & 7) != 0) {
      case 1:
        x = (x >> 1) ^ n;
        if (n < 3) break;
        do {
        case 2:
          x += n;
          n -= n > 0;
        } while ((x & 32) != 0 && n > 0);
      }
    }
  }
  return x;
}

static __attribute__((noinline)) uint32_t device(uint32_t count, uint32_t value)
{
  uint32_t sum = 0, rounds = (count + 7) / 8;
  switch (count % 8) {
  case 0: do { sum = sum * 31 + value;
  case 7: sum ^= value << 3;
  case 6: sum += value;
  case 5: sum = sum * 7;
  case 4: sum ^= sum >> 5;
  case 3: sum += 3;
  case 2: sum = sum * 11 + value;
  case 1: value++;
    } while (--rounds > 0);
  }
  return sum + value;
}

int main(void)
{
  uint32_t sum = 0;
  for (uint32_t i = 1; i < 300; i++) {
    sum = sum * 31 + two_entries(i % 40, i * 77);
    sum = sum * 31 + three_entries(i % 50, i * 13);
    sum = sum * 31 + device(i, i * 5);
  }
  report("sum", sum);
  return 0;
}
