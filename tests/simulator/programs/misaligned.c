/* Loads and stores of every width at every offset, page ends included. */
#include "runtime/console.h"

static uint8_t memory[3 * 4096] __attribute__((aligned(4096)));

#ifdef __riscv
#define ACCESS(type, name, load, store) \
  static type load_##name(const uint8_t *at) \
  { \
    type value; \
    __asm__ volatile(load " %0, 0(%1)" : "=r"(value) : "r"(at) : "memory"); \
    return value; \
  } \
  static void store_##name(uint8_t *at, type value) \
  { \
    __asm__ volatile(store " %0, 0(%1)" : : "r"(value), "r"(at) : "memory"); \
  }
#else
#define ACCESS(type, name, load, store) \
  static type load_##name(const uint8_t *at) \
  { \
    type value; \
    memcpy(&value, at, sizeof value); \
    return value; \
  } \
  static void store_##name(uint8_t *at, type value) \
  { \
    memcpy(at, &value, sizeof value); \
  }
#endif

ACCESS(uint16_t, half, "lhu", "sh")
ACCESS(int16_t, signed_half, "lh", "sh")
ACCESS(int32_t, word, "lw", "sw")
#if !defined __riscv || __riscv_xlen == 64
ACCESS(uint64_t, doubleword, "ld", "sd")
#else
static uint64_t load_doubleword(const uint8_t *at)
{
  return (uint32_t)load_word(at) | (uint64_t)(uint32_t)load_word(at + 4) << 32;
}
static void store_doubleword(uint8_t *at, uint64_t value)
{
  store_word(at, (int32_t)value);
  store_word(at + 4, (int32_t)(value >> 32));
}
#endif

int main(void)
{
  for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)(i * 73 + (i >> 8));
  uint64_t sum = 0;
  for (size_t at = 4096 - 24; at < 4096 + 24; at++) {
    uint8_t *const here = memory + at;
    sum = sum * 31 + load_half(here) + (uint64_t)load_signed_half(here);
    sum = sum * 31 + (uint64_t)(int64_t)load_word(here);
    sum = sum * 31 + load_doubleword(here);
    store_half(here + 4096, (uint16_t)sum);
    store_signed_half(here + 7, (int16_t)(sum >> 9));
    store_word(here + 9, (int32_t)(sum >> 5));
    store_doubleword(here + 4096 - 3, sum);
  }
  for (size_t i = 0; i < sizeof memory; i++) sum = sum * 31 + memory[i];
  report("sum", sum);
  return 0;
}
