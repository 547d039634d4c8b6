/*
 * When the commands of a Gemmini are done: what timeline.ts defines, on the linear memory that has the core's caches too. The host writes what is declared
 * at the start of the state, has it placed and cleared, and reads what is for it behind that. There is no memory but the state: no globals, no stack.
 */
#include "timeline.h"
#include "hazards.h"
#include "transfers.h"

/* What is declared, in the order in which fast-timeline.ts writes it. */
typedef struct {
  double entries[QUEUES];
  double loads_under_way, load_behind;
  double requests, writes, misses;
  double hit, miss, write_miss, miss_lasts, dirty, translation, full_line;
  double loaded_scratchpad, loaded_accumulator;
  double store_scratchpad, store_scaled, store_full;
  double block_single, block_several, block_scaled, block_full;
  double pooled, execute_start, execute_result, least_rows, least_cycles, transposed, configure;
  double dim, bus_bytes, memory_bytes, max_bytes;
  double scratchpad_banks, scratchpad_rows, accumulator_banks, accumulator_rows;
} Declaration;

/* A queue that gives out its commands in order. A command leaves its entry when it is done. */
typedef struct {
  Room entries;
  double issued;
} Station;

struct Timeline {
  Declaration declared;
  Shown shown;
  Caches caches;
  Station stations[QUEUES];
  Transfers transfers;
  UseTimes uses[2];
  /* The read ports of the scratchpad, and of the accumulator, where sums that are added to come first. */
  Banks banks;
  Banks sums;
  int32_t dim;
  int32_t dim_shift;
  /* Loads under way. */
  Room loading;
  /* When the units of loads and stores take the next command. */
  double loads;
  double stores;
  /* The multiplication before: its first row, the one behind its last, and when its operand was there. */
  double started;
  double fed;
  double preloaded;
  /* When all results of the array are there. */
  double results;
  /* The cycles in which its rows went in: one after the other from the first one on, if it is as whole as that. */
  double *row_cycles;
  int32_t is_dense;
};

static void *take_room(uintptr_t *end, uintptr_t bytes) {
  uintptr_t start = *end;
  *end += (bytes + 7) & ~(uintptr_t)7;
  return (void *)start;
}

static Room room_of(uintptr_t *end, double count) { return (Room){take_room(end, 8 * (uintptr_t)count), (int32_t)count, 0}; }

static Banks banks_of(uintptr_t *end, double count, double rows) {
  Calendar *banks = take_room(end, sizeof(Calendar) * (uintptr_t)count);
  return (Banks){banks, (int32_t)count - 1, __builtin_ctz((uint32_t)rows)};
}

static UseTimes uses_of(uintptr_t *end, double rows, int32_t dim) {
  uintptr_t ofTiles = 8 * USES * ((uintptr_t)rows / (uintptr_t)dim);
  double *own = take_room(end, 8 * USES * (uintptr_t)rows);
  return (UseTimes){(int32_t)rows, __builtin_ctz((uint32_t)dim), own, take_room(end, ofTiles), take_room(end, ofTiles)};
}

/* Finds a place for everything, behind the state itself: where that ends. Nothing is written there yet. */
EXPORT uintptr_t place(Timeline *state) {
  const Declaration *declared = &state->declared;
  Transfers *transfers = &state->transfers;
  uintptr_t end = (uintptr_t)(state + 1);
  state->dim = (int32_t)declared->dim;
  state->dim_shift = __builtin_ctz((uint32_t)state->dim);
  for (int32_t queue = 0; queue < QUEUES; queue++) state->stations[queue].entries = room_of(&end, declared->entries[queue]);
  state->loading = room_of(&end, declared->loads_under_way);
  transfers->timing = (TransferTiming){
      .hit = declared->hit,
      .miss = declared->miss,
      .write_miss = declared->write_miss,
      .miss_lasts = declared->miss_lasts,
      .dirty = declared->dirty,
      .translation = declared->translation,
      .full_line = declared->full_line,
      .bus_shift = __builtin_ctz((uint32_t)declared->bus_bytes),
      .max_bytes = (int32_t)declared->max_bytes,
      .memory_bytes = (int32_t)declared->memory_bytes,
  };
  transfers->caches = &state->caches;
  transfers->misses = take_room(&end, sizeof(Places));
  transfers->reads = room_of(&end, declared->requests);
  transfers->writes = room_of(&end, declared->writes);
  transfers->sizes = take_room(&end, 2 * (uintptr_t)(declared->max_bytes * (declared->max_bytes + 1)));
  transfers->requests = take_room(&end, sizeof(Calendar));
  transfers->data = take_room(&end, sizeof(Calendar));
  transfers->memory = take_room(&end, sizeof(Calendar));
  state->banks = banks_of(&end, declared->scratchpad_banks, declared->scratchpad_rows);
  state->sums = banks_of(&end, declared->accumulator_banks, declared->accumulator_rows);
  state->uses[0] = uses_of(&end, declared->scratchpad_banks * declared->scratchpad_rows, state->dim);
  state->uses[1] = uses_of(&end, declared->accumulator_banks * declared->accumulator_rows, state->dim);
  state->row_cycles = take_room(&end, 8 * (uintptr_t)state->dim);
  return end;
}

/* Before all commands, in memory that is all zeros. */
EXPORT void clear(Timeline *state) {
  Transfers *transfers = &state->transfers;
  int32_t most = transfers->timing.max_bytes;
  for (int32_t from = 0; from < most; from++)
    for (int32_t left = 0; left <= most; left++)
      transfers->sizes[from * (most + 1) + left] = (uint16_t)best_size(1 << transfers->timing.bus_shift, most, from, left);
  for (int32_t slot = 0; slot < LINES; slot++) transfers->coming_line[slot] = NO_LINE;
  transfers->misses->count = (int32_t)state->declared.misses;
  clear_calendar(transfers->requests);
  clear_calendar(transfers->data);
  clear_calendar(transfers->memory);
  for (int32_t bank = 0; bank <= state->banks.last_bank; bank++) clear_calendar(&state->banks.banks[bank]);
  for (int32_t bank = 0; bank <= state->sums.last_bank; bank++) clear_calendar(&state->sums.banks[bank]);
  state->started = -1e300;
}

const Shown *shown(const Timeline *state) { return &state->shown; }

static double issue(Station *station, double earliest) {
  station->issued = later(earliest, station->issued);
  return station->issued;
}

static void leave(Timeline *state, int32_t queue, double end) {
  Room *entries = &state->stations[queue].entries;
  enter(entries, end);
  state->shown.free[queue] = free_from(entries);
  state->shown.end = later(state->shown.end, end);
}

static int32_t blocks_of(const Timeline *state, int32_t cols) {
  int32_t blocks = (cols + state->dim - 1) >> state->dim_shift;
  return blocks > 1 ? blocks : 1;
}

EXPORT void load(Timeline *state, double cycle, double from, int32_t local, int32_t rows, int32_t cols, double stride, int32_t block_stride,
                 int32_t pixels, int32_t shrunk) {
  const Declaration *declared = &state->declared;
  Transfers *transfers = &state->transfers;
  int32_t blocks = blocks_of(state, cols);
  bool sums = is_accumulator(local);
  Rows target = {local, rows, blocks, block_stride};
  double before = later(after(state->uses, WRITTEN, READ, target), after(state->uses, STORED, STORED, target));
  double issued = issue(&state->stations[LOADS], later(cycle, before));
  double start = later(later(issued, state->loads), free_from(&state->loading) + declared->load_behind);
  double last = sums ? declared->loaded_accumulator : declared->loaded_scratchpad;
  int32_t row_bytes = cols * (sums && !shrunk ? 4 : 1);
  Landing landing = {sums ? 0 : &state->banks, local, block_stride, pixels, 1 << transfers->timing.bus_shift, state->dim_shift};
  double end;
  if (from < 0) {
    end = start + rows * blocks * pixels;
    state->loads = end + 1;
  } else {
    /* One row is read where all are the same. */
    bool repeats = stride == 0 && rows > 1;
    read_rows(transfers, start, (MemoryRows){(uint32_t)from, repeats ? 1 : rows, row_bytes, (uint32_t)stride}, &landing);
    for (int32_t row = 1; repeats && row < rows && !sums; row++)
      for (int32_t block = 0; block < blocks; block++) land(&landing, whole(transfers->end + row), row, block);
    end = transfers->end + (repeats ? rows * blocks - 1 : 0) + last;
    state->loads = repeats ? start + rows * blocks + 2 : later(transfers->requested, start + rows);
  }
  enter(&state->loading, end);
  use(state->uses, LOADED, target, end);
  state->shown.moved = transfers->end;
  state->shown.busy[LOADS] += state->loads - start;
  leave(state, LOADS, end);
}

/* The cycle before which nothing is written of a store that enters its queue in a cycle. */
EXPORT double stores_from(const Timeline *state, double cycle, int32_t local, int32_t rows, int32_t cols) {
  Rows source = {local, rows, blocks_of(state, cols), state->dim};
  return later(later(cycle, state->stores), after(state->uses, WRITTEN, LOADED, source));
}

EXPORT void store(Timeline *state, double cycle, double to, int32_t local, int32_t rows, int32_t cols, double stride, int32_t windows,
                  int32_t window_size) {
  const Declaration *declared = &state->declared;
  Transfers *transfers = &state->transfers;
  bool pools = windows >= 0;
  int32_t blocks = pools ? 1 : blocks_of(state, cols);
  int32_t bank_rows = (int32_t)declared->accumulator_rows;
  Rows source_rows = {local, pools ? bank_rows - (local & (bank_rows - 1)) : rows, blocks, state->dim};
  double ready = after(state->uses, WRITTEN, LOADED, source_rows);
  double issued = issue(&state->stations[STORES], later(cycle, ready));
  bool sums = is_accumulator(local);
  bool full = sums && is_full(local) && !pools;
  double start = later(issued, state->stores);
  MemoryRows target = {(uint32_t)to, pools ? windows : rows, cols * (full ? 4 : 1), (uint32_t)stride};
  Source source = {sums && !pools ? &state->sums : 0, local, blocks, state->dim};
  double several = blocks > 1 ? declared->block_several : sums ? declared->block_scaled : declared->block_single;
  double of_block = full ? declared->block_full : several;
  double cycles_of_row = pools ? window_size * window_size * declared->block_scaled * declared->pooled
                               : later(1, of_block * blocks * (state->dim / 16.0));
  write_rows(transfers, start, target, cycles_of_row, &source);
  state->stores = transfers->requested;
  state->shown.moved = transfers->end;
  double end = transfers->end + (full ? declared->store_full : sums ? declared->store_scaled : declared->store_scratchpad);
  use(state->uses, STORED, source_rows, end);
  state->shown.busy[STORES] += state->stores - start;
  leave(state, STORES, end);
}

/* The bank that an operand is read from. */
static Calendar *bank_read(const Timeline *state, int32_t local) { return is_accumulator(local) ? 0 : bank_of(&state->banks, local); }

/* Reads rows of one or two operands into the array, one of each a cycle where banks allow it: the cycle behind the last. */
static double feed(Timeline *state, double start, int32_t first, int32_t second, int32_t rows) {
  Calendar *one = bank_read(state, first);
  Calendar *other = bank_read(state, second);
  Calendar *single = one == 0 ? other : other == 0 ? one : 0;
  int64_t at = whole(start);
  state->is_dense = rows == state->dim && (double)at == start && single != 0 && reserve_all(single, at, rows);
  if (state->is_dense) return start + rows;
  for (int32_t row = 0; row < rows; row++) {
    int64_t wanted = at;
    if (one != 0) at = reserve(one, wanted);
    if (other != 0) {
      int64_t there = reserve(other, wanted);
      if (there > at) at = there;
    }
    if (row < state->dim) state->row_cycles[row] = (double)at;
    at++;
  }
  for (int32_t row = rows; row < state->dim; row++) state->row_cycles[row] = __builtin_inf();
  return (double)at;
}

/* Reads the next weights row by row with the multiplication that goes on: both wait for each other. */
static double feed_beside(Timeline *state, int32_t local) {
  Calendar *bank = bank_of(&state->banks, local);
  double started = state->started;
  if (state->is_dense && reserve_all(bank, (int64_t)started, state->dim)) return started + state->dim;
  double waited = 0;
  double next = started;
  for (int32_t row = 0; row < state->dim; row++) {
    double cycle = state->is_dense ? started + row : state->row_cycles[row];
    double wanted = later(next, sooner(cycle + waited, later(next, state->fed)));
    double at = (double)reserve(bank, whole(wanted));
    waited += at - wanted;
    next = at + 1;
  }
  state->fed += waited;
  return next;
}

/* Rows of results go to the scratchpad, each from its own cycle on. */
static void write_results(Timeline *state, int32_t local, double cycle, int32_t rows, int32_t stride) {
  Calendar *bank = bank_of(&state->banks, local);
  bool is_one = bank == bank_of(&state->banks, local + (rows > 1 ? rows - 1 : 0) * stride);
  if (is_one && rows > 0 && rows <= PER_WORD && (double)whole(cycle) == cycle && reserve_all(bank, (int64_t)cycle, rows)) return;
  for (int32_t row = 0; row < rows; row++) reserve(bank_of(&state->banks, local + row * stride), whole(cycle + row));
}

static int32_t at_least_one(int32_t rows) { return rows > 1 ? rows : 1; }

EXPORT void multiply(Timeline *state, double preload_cycle, double cycle, int32_t flags, int32_t stride_a, int32_t stride_c, int32_t weights,
                     int32_t weight_rows, int32_t a, int32_t rows_a, int32_t cols_a, int32_t bd, int32_t rows_bd, int32_t c, int32_t rows_c) {
  const Declaration *declared = &state->declared;
  const UseTimes *uses = state->uses;
  Station *station = &state->stations[EXECUTES];
  bool weights_stay = (flags & WEIGHTS_STAY) != 0, transposes_a = (flags & TRANSPOSES_A) != 0;
  bool preloads = (flags & PRELOADS) != 0;
  int32_t dim = state->dim;
  Rows results = rows_at(c, at_least_one((rows_c - 1) * stride_c + 1));
  Rows left = rows_at(a, at_least_one(((transposes_a ? cols_a : rows_a) - 1) * stride_a + 1));
  Rows right = rows_at(bd, rows_bd);
  Rows preload = rows_at(weights, weight_rows);
  double ready = later(after(uses, LOADED, STORED, results), after(uses, LOADED, WRITTEN, preload));
  double first = issue(station, later(preload_cycle, ready));
  double operands = later(after(uses, LOADED, WRITTEN, left), after(uses, LOADED, WRITTEN, right));
  double issued = issue(station, later(cycle, operands));

  /* Its operand goes in beside the rows of the multiplication before, if both commands are there when that one starts; else behind it. */
  bool transposed = weights_stay && (flags & TRANSPOSES_B) != 0 && weights != NOWHERE;
  bool beside = issued <= state->started && !transposed && first <= state->started;
  double preload_start = beside ? state->started : later(later(issued + declared->execute_start, state->fed), state->preloaded);
  bool takes = preloads && !(weights_stay && weights == NOWHERE);
  double preload_end = preload_start;
  if (takes && beside) preload_end = feed_beside(state, weights);
  else if (takes) preload_end = feed(state, preload_start, weights, NOWHERE, dim) + (transposed ? declared->transposed : 0);

  double start = later(later(preload_end, state->fed), later(state->started + declared->least_cycles, issued));
  double fed = feed(state, start, a, bd, transposes_a ? dim : at_least_one(rows_a));
  double out = !weights_stay && c != NOWHERE ? dim : 0;
  double end = later(fed, start + declared->least_rows) + out + declared->execute_result;
  if (!is_accumulator(c)) write_results(state, c, end - rows_c, rows_c, stride_c);
  else if (accumulates(c) && c != NOWHERE) take(bank_of(&state->sums, c), whole(end - rows_c), rows_c);
  use(uses, READ, left, fed);
  use(uses, READ, right, fed);
  use(uses, READ, preload, preload_end);
  use(uses, WRITTEN, results, end);
  state->shown.busy[EXECUTES] += fed - later(state->fed, start);
  state->started = start;
  state->fed = fed;
  state->preloaded = preload_end;
  state->results = later(state->results, end);
  leave(state, EXECUTES, end);
  leave(state, EXECUTES, fed);
}

/* The configuration of the array waits until it is empty; the others take effect in their queue's turn. */
EXPORT void configure(Timeline *state, double cycle, int32_t queue) {
  double earliest = queue == EXECUTES ? later(cycle, state->results) + state->declared.configure : cycle;
  leave(state, queue, issue(&state->stations[queue], earliest));
}

EXPORT void flush(Timeline *state, double cycle) {
  state->transfers.translated = false;
  state->shown.end = later(state->shown.end, cycle + 3);
}
