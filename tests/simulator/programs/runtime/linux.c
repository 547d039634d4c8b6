/* Characters by the system call write. */
#include "console.h"

void put_character(char character)
{
  register long number __asm__("a7") = 64;
  register long result __asm__("a0") = 1;
  register const char *from __asm__("a1") = &character;
  register long bytes __asm__("a2") = 1;
  __asm__ volatile("ecall" : "+r"(result) : "r"(number), "r"(from), "r"(bytes) : "memory");
}
