/* When rows of the local memories were used last, as hazards.ts defines it. */
#ifndef HAZARDS_H
#define HAZARDS_H

#include "operands.h"
#include "reservations.h"

typedef enum { LOADED, WRITTEN, READ, STORED, USES } Use;

/* The uses of one local memory. A use of a whole tile of rows is one number, below which no row of the tile is. */
typedef struct {
  int32_t rows;
  int32_t tile_shift;
  /* By row and use: the rows' own, apart from those of the whole tile. */
  double *own;
  /* By tile and use: of all of its rows, and the last of any of them. */
  double *of_all;
  double *last;
} UseTimes;

/* Rows of an operand: blocks of them, so far apart. */
typedef struct {
  int32_t local;
  int32_t rows;
  int32_t blocks;
  int32_t apart;
} Rows;

static inline Rows rows_at(int32_t local, int32_t rows) { return (Rows){local, rows, 1, 0}; }

static inline int32_t end_of_tile(const UseTimes *times, int32_t row, int32_t end) {
  int32_t behind = ((row >> times->tile_shift) + 1) << times->tile_shift;
  return behind < end ? behind : end;
}

static double after_rows(const UseTimes *times, Use use, int32_t from, int32_t to) {
  double end = 0;
  for (int32_t row = from, behind; row < to; row = behind) {
    behind = end_of_tile(times, row, to);
    int32_t place = USES * (row >> times->tile_shift) + use;
    if (behind - row == 1 << times->tile_shift) {
      end = later(end, times->last[place]);
      continue;
    }
    if (times->last[place] <= end) continue;
    end = later(end, times->of_all[place]);
    for (int32_t at = row; at < behind; at++) end = later(end, times->own[USES * at + use]);
  }
  return end;
}

static void use_rows(const UseTimes *times, Use use, int32_t from, int32_t to, double end) {
  for (int32_t row = from, behind; row < to; row = behind) {
    behind = end_of_tile(times, row, to);
    int32_t place = USES * (row >> times->tile_shift) + use;
    times->last[place] = later(times->last[place], end);
    if (behind - row == 1 << times->tile_shift) times->of_all[place] = later(times->of_all[place], end);
    else
      for (int32_t at = USES * row + use; at < USES * behind; at += USES) times->own[at] = later(times->own[at], end);
  }
}

static inline int32_t row_in(const UseTimes *times, int32_t local, int32_t block, int32_t apart) {
  return (int32_t)((uint32_t)local + (uint32_t)(block * apart)) & (times->rows - 1);
}
static inline int32_t end_in(const UseTimes *times, int32_t from, int32_t rows) {
  return from + rows < times->rows ? from + rows : times->rows;
}

static inline bool is_tile(const UseTimes *times, int32_t row, int32_t rows) {
  return rows == 1 << times->tile_shift && (row & (rows - 1)) == 0;
}

/* The place of the numbers of the tile that begins with a row. */
static inline int32_t tile_of(const UseTimes *times, int32_t row) { return USES * (row >> times->tile_shift); }

static inline double after_tile(const UseTimes *times, Use first, Use second, int32_t row) {
  const double *last = times->last + tile_of(times, row);
  return later(last[first], last[second]);
}

static inline void use_tile(const UseTimes *times, Use use, int32_t row, double end) {
  int32_t place = tile_of(times, row) + use;
  times->last[place] = later(times->last[place], end);
  times->of_all[place] = later(times->of_all[place], end);
}

static double after_blocks(const UseTimes *times, Use first, Use second, int32_t local, int32_t rows, int32_t blocks, int32_t apart) {
  double end = 0;
  for (int32_t block = 0; block < blocks; block++) {
    int32_t from = row_in(times, local, block, apart);
    int32_t to = end_in(times, from, rows);
    if (is_tile(times, from, rows)) end = later(end, after_tile(times, first, second, from));
    else end = later(end, later(after_rows(times, first, from, to), after_rows(times, second, from, to)));
  }
  return end;
}

static void use_blocks(const UseTimes *times, Use use, int32_t local, int32_t rows, int32_t blocks, int32_t apart, double end) {
  for (int32_t block = 0; block < blocks; block++) {
    int32_t from = row_in(times, local, block, apart);
    if (is_tile(times, from, rows)) use_tile(times, use, from, end);
    else use_rows(times, use, from, end_in(times, from, rows), end);
  }
}

/* The cycle in which two uses of rows are over. */
ON_NO_STACK double after(const UseTimes times[2], Use first, Use second, Rows rows) {
  if (rows.local == NOWHERE) return 0;
  const UseTimes *memory = &times[is_accumulator(rows.local)];
  int32_t row = row_in(memory, rows.local, 0, 0);
  if (rows.blocks == 1 && is_tile(memory, row, rows.rows)) return after_tile(memory, first, second, row);
  return after_blocks(memory, first, second, rows.local, rows.rows, rows.blocks, rows.apart);
}

ON_NO_STACK void use(const UseTimes times[2], Use use, Rows rows, double end) {
  if (rows.local == NOWHERE) return;
  const UseTimes *memory = &times[is_accumulator(rows.local)];
  int32_t row = row_in(memory, rows.local, 0, 0);
  if (rows.blocks == 1 && is_tile(memory, row, rows.rows)) use_tile(memory, use, row, end);
  else use_blocks(memory, use, rows.local, rows.rows, rows.blocks, rows.apart, end);
}

#endif
