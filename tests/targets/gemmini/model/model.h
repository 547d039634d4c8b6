/*
 * What Gemmini's commands compute, in plain C for this computer, as far as Bitwright's firmware gives them: one after the other, on ordinary pointers, so that
 * sanitizers see every access. The compiler is told the array's size: DIM rows and columns, SCRATCHPAD_ROWS, ACCUMULATOR_ROWS, and NEWER: fields
 * of LOOP_CONV_WS as from October 2023 on.
 */
#ifndef BITWRIGHT_MODEL_H
#define BITWRIGHT_MODEL_H

#include <stdint.h>

/* The functions of commands. */
enum {
  CONFIGURE = 0, LOAD_1 = 1, LOAD_0 = 2, STORE = 3, COMPUTE = 4, COMPUTE_AGAIN = 5, PRELOAD = 6,
  LOOP = 8, LOOP_SIZES = 9, LOOP_OPERANDS = 10, LOOP_RESULT = 11, LOOP_STRIDES = 12, LOOP_RESULT_STRIDE = 13, LOAD_2 = 14,
  CONVOLVE = 15, CONVOLVE_IMAGE = 16, CONVOLVE_TILE = 17, CONVOLVE_KERNEL = 18, CONVOLVE_SIZES = 19, CONVOLVE_WEIGHTS = 20, CONVOLVE_FROM = 21,
  FUNCTIONS = 22
};

/* The two words of a command. */
typedef struct {
  uint64_t first, second;
} words;

/* Rows of a local memory: of the accumulator, where SUMS is set. */
#define SUMS (1u << 31)
#define ADDED (1u << 30)
#define WHOLE (1u << 29)
#define NOWHERE UINT32_MAX

/* A matrix there; further columns than DIM lie in further blocks. */
typedef struct {
  uint32_t row;
  int32_t rows, columns;
} block;

/* How loads of a kind, products and stores are configured. */
typedef struct {
  int64_t stride; /* bytes from row to row */
  int32_t block;  /* rows from block to block */
  int32_t beside; /* rows of the scratchpad that have an element: its own, and those before it, further to the right */
} loading;
typedef struct {
  int left_turned, right_turned;
  int32_t left_stride, result_stride;
} multiplying;
typedef struct {
  int64_t stride;
  float scale;
  int relu;
  int32_t pool, step, window_rows, window_columns, across, rows, columns; /* pool: of a window; 0 where there are none */
} storing;

typedef struct {
  loading loads[3];
  multiplying products;
  storing stores;
} configuration;
extern configuration configured;

/* Ends the program where the firmware commands what the model does not know, or what does not fit. */
void expect(int fits, const char *what);

/* Bits `last` to `first`. */
static inline int32_t field(uint64_t word, int last, int first)
{
  return (int32_t)((word >> first) & (((uint64_t)1 << (last - first + 1)) - 1));
}
static inline block block_of(uint64_t word)
{
  return (block){.row = (uint32_t)word, .rows = field(word, 63, 48), .columns = field(word, 47, 32)};
}
static inline int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}
static inline int32_t blocks_of(int32_t size)
{
  return (size + DIM - 1) / DIM;
}

/* memories.c. Addresses are those of this computer; a load from 0 loads zeros. */
void configure(words command);
void load(const loading *as, uint64_t from, block to);
void store(uint64_t to, block from);

/* array.c. The left operand times the right one, or the one that the array has where that is NULL, to `result`. */
void multiply(const block *right, block left, block result);

/* loops.c and convolution.c: by the words of the commands before, by their functions. */
void run_loop(const words *given);
void run_convolution(const words *given);

#endif
