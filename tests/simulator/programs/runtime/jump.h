/* setjmp and longjmp, which a machine without a C library has in jump.S. */
#ifndef JUMP_H
#define JUMP_H

#ifdef __riscv
#include <stdint.h>
typedef uint64_t jump_buffer[26];
int set_jump(jump_buffer buffer) __attribute__((returns_twice));
void long_jump(jump_buffer buffer, int value) __attribute__((noreturn));
#else
#include <setjmp.h>
typedef jmp_buf jump_buffer;
#define set_jump setjmp
#define long_jump longjmp
#endif

#endif
