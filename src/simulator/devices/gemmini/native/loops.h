/* A loop of products (LOOP_WS), as the host describes it in fast-loops.ts: its commands once for each shape, and for each run where its matrices start. */
#ifndef LOOPS_H
#define LOOPS_H

#include <stdint.h>

typedef enum { A, B, D, C, MATRICES } Matrix;
/* The units that give out commands, loads of A, B and D first. */
enum { TILES = D + 1, RESULTS, UNITS };

typedef struct {
  int32_t local, rows, cols;
} Operand;

/* Addresses and rows count from where the matrix starts. */
typedef struct {
  int32_t matrix;
  uint32_t address;
  Operand operand;
} LoopLoad;

/* A preload, if the array does not have the tile of B, and its multiplication, behind so many loads. */
typedef struct {
  int32_t behind, preloaded;
  Operand a, b, c;
} LoopTile;

/* Behind so many tiles. */
typedef struct {
  int32_t behind;
  uint32_t address;
  Operand operand;
} LoopStore;

typedef struct {
  const LoopLoad *sums, *operands;
  const LoopTile *tiles;
  const LoopStore *stores;
  int32_t sum_count, operand_count, tile_count, store_count;
} Plan;

/* How a matrix is loaded. */
typedef struct {
  double stride, block_stride, pixels, shrunk;
} Way;

/* Cycles, and offsets in the main memory; numbers as the host has them. */
typedef struct {
  /* When the loop begins, and when each unit is through with the one before, and then with this one. */
  double start;
  double times[UNITS];
  double address[MATRICES], row[MATRICES];
  Way ways[C];
  /* As in the timeline's multiplications. */
  double flags;
  double store_stride, scale, least;
} Run;

#endif
