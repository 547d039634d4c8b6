/* The two words through which the program and its host talk, and characters through them: device 1, command 1. */
#include "console.h"

#define HOST_WORD __attribute__((section(".tohost"), aligned(64)))
HOST_WORD volatile uint32_t tohost[2];
HOST_WORD volatile uint32_t fromhost[2];

void put_character(char character)
{
  tohost[0] = (uint8_t)character;
  tohost[1] = 0x01010000;
  while ((tohost[0] | tohost[1]) != 0) continue;
}
