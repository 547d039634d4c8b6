#include "console.h"

void print(const char *text)
{
  while (*text != '\0') put_character(*text++);
}

void print_hex(uint64_t value)
{
  for (int shift = 60; shift >= 0; shift -= 4) put_character("0123456789abcdef"[(value >> shift) & 15]);
}

void print_decimal(int64_t value)
{
  char digits[20];
  int count = 0;
  uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do {
    digits[count++] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  if (value < 0) put_character('-');
  while (count > 0) put_character(digits[--count]);
}

void report(const char *name, uint64_t value)
{
  print(name);
  print(" ");
  print_hex(value);
  print("\n");
}
