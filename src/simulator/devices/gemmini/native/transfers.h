/* The way to the memory, as transfers.ts defines it. */
#ifndef TRANSFERS_H
#define TRANSFERS_H

#include "caches.h"
#include "reservations.h"

/* Lines that are on their way from memory, by their low bits. */
enum { LINES = 256 };

/* The banks of a local memory. Their number and their rows are powers of two, and rows go round at the end. */
typedef struct {
  Calendar *banks;
  int32_t last_bank;
  int32_t row_shift;
} Banks;

static inline Calendar *bank_of(const Banks *banks, int32_t row) { return &banks->banks[(row >> banks->row_shift) & banks->last_bank]; }

/* Where blocks of a load are stored as they arrive: in banks, or where there is nothing to wait for. */
typedef struct {
  const Banks *banks;
  int32_t local;
  int32_t block_stride;
  /* How often each block is stored, which nothing passes on its way. */
  int32_t pixels;
  int32_t bus_bytes;
  int32_t dim_shift;
} Landing;

/* What a store reads before it sends it: blocks of rows of sums, or nothing that is waited for. */
typedef struct {
  const Banks *banks;
  int32_t local;
  int32_t blocks;
  int32_t dim;
} Source;

/* Rows of the main memory, by their offset there. */
typedef struct {
  uint32_t offset;
  int32_t count;
  int32_t bytes;
  uint32_t stride;
} MemoryRows;

/* What stands in the declaration, in cycles and bytes. */
typedef struct {
  double hit, miss, write_miss, miss_lasts, dirty, translation, full_line;
  int32_t bus_shift;
  int32_t max_bytes;
  int32_t memory_bytes;
} TransferTiming;

typedef struct {
  TransferTiming timing;
  Caches *caches;
  /* By the address in a request of the greatest size, and the bytes that are left. */
  uint16_t *sizes;
  Calendar *requests;
  Calendar *data;
  Calendar *memory;
  Places *misses;
  Room reads;
  Room writes;
  double coming[LINES];
  int32_t coming_line[LINES];
  int32_t translated;
  /* The line that this transfer asked for last: the shared cache has it, and the core has not changed it since. */
  int32_t last;
  int32_t missed;
  /* A line that the core had changed is there no sooner. */
  double probed;
  /* Of the last transfer: when its last request was made, behind it, and when the last data was there. */
  double requested;
  double end;
} Transfers;

/* Requests are aligned powers of two: that which covers most of what is left of a row, and the least such. */
static int32_t best_size(int32_t least, int32_t most, int32_t from, int32_t left) {
  int32_t best = least, covered = 0;
  for (int32_t size = least; size <= most; size *= 2) {
    int32_t rest = size - (from & (size - 1));
    int32_t bytes = left < rest ? left : rest;
    if (bytes > covered) {
      best = size;
      covered = bytes;
    }
  }
  return best;
}

static inline int32_t size_of(const Transfers *transfers, uint32_t from, int32_t left) {
  int32_t most = transfers->timing.max_bytes;
  return transfers->sizes[((int32_t)from & (most - 1)) * (most + 1) + (left < most ? left : most)];
}

ON_NO_STACK int32_t landing_row(const Landing *landing, int32_t row, int32_t block) {
  return landing->local + row + ((block * landing->bus_bytes) >> landing->dim_shift) * landing->block_stride;
}

/* The cycle in which a block of a row is stored that arrives in a cycle. */
ON_NO_STACK int64_t land(const Landing *landing, int64_t cycle, int32_t row, int32_t block) {
  if (landing->banks == 0) return cycle;
  int32_t first = landing_row(landing, row, block);
  int64_t at = reserve(bank_of(landing->banks, first), cycle);
  for (int32_t pixel = 1; pixel < landing->pixels; pixel++) at = reserve(bank_of(landing->banks, first - pixel), at + 1);
  return at;
}

/* The same of blocks that arrive one each cycle: that of the last one. */
ON_NO_STACK int64_t land_all(const Landing *landing, int64_t cycle, int32_t row, int32_t block, int32_t count) {
  if (landing->banks == 0) return cycle + count - 1;
  if (landing->pixels > 1) {
    int64_t at = cycle - 1;
    for (int32_t beat = 0; beat < count; beat++) at = land(landing, cycle + beat > at + 1 ? cycle + beat : at + 1, row, block + beat);
    return at;
  }
  int32_t first = landing_row(landing, row, block);
  int32_t last = landing_row(landing, row, block + count - 1);
  Calendar *bank = bank_of(landing->banks, first);
  bool together = last - first < 1 << landing->banks->row_shift && bank == bank_of(landing->banks, last);
  if (together && reserve_all(bank, cycle, count)) return cycle + count - 1;
  int64_t end = 0;
  for (int32_t beat = 0; beat < count; beat++) {
    int64_t stored = land(landing, cycle + beat, row, block + beat);
    if (stored > end) end = stored;
  }
  return end;
}

/* The cycle in which a row is readable, at or after a cycle. */
ON_NO_STACK double readable(const Source *source, double cycle) {
  if (source->banks == 0) return cycle;
  Calendar *bank = bank_of(source->banks, source->local);
  int32_t last_row = source->local + (source->blocks - 1) * source->dim;
  bool together = bank == bank_of(source->banks, last_row) && source->blocks * source->dim <= 1 << source->banks->row_shift;
  int64_t first = together ? reserve_stream(bank, whole(cycle), source->blocks) : -1;
  if (first < 0) {
    int64_t last = whole(cycle);
    for (int32_t block = 0; block < source->blocks; block++)
      last = reserve(bank_of(source->banks, source->local + block * source->dim), last);
    first = last - source->blocks + 1;
  }
  return first == whole(cycle) ? cycle : (double)first;
}

static inline double translate(Transfers *transfers, double cycle) {
  double wait = transfers->translated ? 0 : transfers->timing.translation;
  transfers->translated = true;
  transfers->last = NO_LINE;
  return __builtin_ceil(cycle) + wait;
}

/* The shared cache asks the memory for a line. */
static void ask_memory(Transfers *transfers, double cycle, int32_t line, double longer) {
  const TransferTiming *timing = &transfers->timing;
  int32_t beats = (1 << transfers->caches->line_shift) / timing->memory_bytes;
  int32_t lasts = (int32_t)whole(transfers->caches->memory_latency + timing->miss_lasts);
  int64_t begins = find_place(transfers->misses, whole(cycle), lasts);
  for (int64_t free = begins;; begins = find_place(transfers->misses, free, lasts)) {
    free = find_run(transfers->memory, begins, beats);
    if (free == begins) break;
  }
  take(transfers->memory, begins, beats);
  take_place(transfers->misses, begins);
  transfers->coming_line[line & (LINES - 1)] = line;
  transfers->coming[line & (LINES - 1)] = (double)begins + timing->hit + longer;
}

/* The line of an offset, where a transfer has not just asked for it; NO_LINE, where it has, or there are no caches. */
static inline int32_t next_line(Transfers *transfers, uint32_t offset) {
  int32_t shift = transfers->caches->line_shift;
  int32_t line = shift < 0 ? NO_LINE : (int32_t)(offset >> shift);
  if (line == transfers->last) return NO_LINE;
  transfers->last = line;
  return line;
}

/* When the line is there that the transfer asked for last. */
static inline double arrival(const Transfers *transfers, double soonest) {
  int32_t slot = transfers->last & (LINES - 1);
  return transfers->coming_line[slot] == transfers->last ? later(soonest, transfers->coming[slot]) : soonest;
}

/* The core has changed the line: it gives it away, one after the other. */
static double probe(Transfers *transfers, double cycle, double apart) {
  transfers->probed = later(cycle, transfers->probed + apart) + transfers->timing.dirty;
  return transfers->probed;
}

/* The cycle in which the shared cache answers a request to read of a cycle. */
static inline double answer(Transfers *transfers, double cycle, uint32_t offset) {
  const TransferTiming *timing = &transfers->timing;
  const Caches *caches = transfers->caches;
  double soonest = cycle + timing->hit;
  int32_t line = next_line(transfers, offset);
  Found found = line == NO_LINE ? HIT : read_line(caches, line);
  if (found == CHANGED) return probe(transfers, soonest, (1 << caches->line_shift) >> timing->bus_shift);
  if (found == MISS) ask_memory(transfers, cycle, line, caches->memory_latency + timing->miss);
  return arrival(transfers, soonest);
}

/* The same of a write, of a whole line or a part of it. */
static inline double acknowledge(Transfers *transfers, double cycle, uint32_t offset, bool is_whole) {
  const TransferTiming *timing = &transfers->timing;
  const Caches *caches = transfers->caches;
  double soonest = cycle + timing->hit;
  int32_t line = next_line(transfers, offset);
  Found found = line == NO_LINE ? HIT : write_line(caches, line);
  if (found == CHANGED) return probe(transfers, soonest, 0);
  if (found == MISS) {
    transfers->missed++;
    if (!is_whole) ask_memory(transfers, cycle, line, 2 * caches->memory_latency + timing->write_miss);
  }
  return arrival(transfers, soonest);
}

/*
 * Reads rows of the main memory from a cycle on. A cycle passes behind a request whose last data are of no use, and between the requests of a row whose
 * blocks are parts of two transfers.
 */
ON_NO_STACK void read_rows(Transfers *transfers, double cycle, MemoryRows rows, const Landing *landing) {
  int32_t bus_shift = transfers->timing.bus_shift;
  int64_t at = (int64_t)translate(transfers, cycle);
  int64_t last = whole(cycle);
  int64_t stored = last;
  bool waits = false;
  for (int32_t row = 0; row < rows.count; row++) {
    uint32_t from = rows.offset + (uint32_t)row * rows.stride;
    bool is_split = ((int32_t)from & ((1 << bus_shift) - 1)) != 0;
    int32_t block = 0;
    for (int32_t done = 0; done < rows.bytes;) {
      int32_t size = size_of(transfers, from + (uint32_t)done, rows.bytes - done);
      int32_t before = (int32_t)(from + (uint32_t)done) & (size - 1);
      if (waits) last = reserve(transfers->data, last);
      int64_t room = whole(free_from(&transfers->reads));
      at = reserve(transfers->requests, at > room ? at : room);
      int64_t ready = whole(answer(transfers, (double)at, from + (uint32_t)(done - before)));
      if (ready < last) ready = last;
      int32_t useful = rows.bytes - done < size - before ? rows.bytes - done : size - before;
      int32_t blocks = (useful + (1 << bus_shift) - 1) >> bus_shift;
      int32_t beats = size >> bus_shift;
      waits = is_split ? done + useful < rows.bytes : before + useful <= size - (1 << bus_shift);
      int64_t first = reserve_stream(transfers->data, ready, beats);
      if (first >= 0) {
        last = first + beats - 1;
        int64_t end = land_all(landing, first, row, block, blocks);
        if (end > stored) stored = end;
      } else {
        last = ready;
        for (int32_t beat = 0; beat < beats; beat++) {
          last = reserve(transfers->data, last);
          int64_t end = beat < blocks ? land(landing, last, row, block + beat) : 0;
          if (end > stored) stored = end;
        }
      }
      if (landing->banks != 0 && landing->pixels > 1) last = stored;
      enter(&transfers->reads, (double)last);
      block += blocks;
      done += useful;
      at++;
    }
  }
  transfers->requested = (double)at;
  transfers->end = (double)(last > stored ? last : stored);
}

/* Writes rows from a cycle on, each of which takes so many cycles to be read out, from when it is readable on. */
ON_NO_STACK void write_rows(Transfers *transfers, double cycle, MemoryRows rows, double cycles_of_row, const Source *source) {
  const TransferTiming *timing = &transfers->timing;
  int32_t line_bytes = transfers->caches->line_shift < 0 ? 64 : 1 << transfers->caches->line_shift;
  int32_t round_up = (1 << timing->bus_shift) - 1;
  double at = translate(transfers, cycle);
  double last = cycle;
  for (int32_t row = 0; row < rows.count; row++) {
    uint32_t from = rows.offset + (uint32_t)row * rows.stride;
    at = readable(source, later(at, free_from(&transfers->writes)));
    double sent = at;
    double end = at;
    for (int32_t done = 0; done < rows.bytes;) {
      int32_t rest = line_bytes - ((int32_t)(from + (uint32_t)done) & (line_bytes - 1));
      int32_t bytes = rows.bytes - done < rest ? rows.bytes - done : rest;
      int32_t beats = (bytes + round_up) >> timing->bus_shift;
      int64_t first = reserve_stream(transfers->requests, whole(sent), beats);
      if (first >= 0) sent = (double)(first + beats - 1);
      else
        for (int32_t beat = 0; beat < beats; beat++) sent = (double)reserve(transfers->requests, whole(sent));
      bool is_whole = bytes == line_bytes;
      int32_t missed = transfers->missed;
      end = (double)reserve(transfers->data, whole(acknowledge(transfers, sent, from + (uint32_t)done, is_whole)));
      if (is_whole && transfers->missed != missed) sent = later(sent, at + timing->full_line - 1);
      done += bytes;
    }
    enter(&transfers->writes, end);
    last = later(last, later(end - timing->hit, at + ((rows.bytes + round_up) >> timing->bus_shift)));
    at = later(at + cycles_of_row, sent + 1);
  }
  transfers->requested = at;
  transfers->end = last;
}

#endif
