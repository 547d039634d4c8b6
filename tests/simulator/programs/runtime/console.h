/* The console of a program without a C library. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void put_character(char character);
void print(const char *text);
void print_hex(uint64_t value);
void print_decimal(int64_t value);
/* A line of a name and a value. */
void report(const char *name, uint64_t value);

void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
