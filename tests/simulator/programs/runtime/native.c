#include "console.h"

#include <stdio.h>

void put_character(char character)
{
  putchar(character);
}
