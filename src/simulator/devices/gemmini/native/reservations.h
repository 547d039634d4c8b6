/* Calendars of shared resources, as reservations.ts defines them. */
#ifndef RESERVATIONS_H
#define RESERVATIONS_H

#include "cycles.h"
#include <stdbool.h>

/* Of what is passed as a struct: it lies in locals of the caller, since there is no stack. */
#define ON_NO_STACK static inline __attribute__((always_inline))

/* Words of 32 cycles that a calendar looks ahead. What is further apart than that shares a word, and the later one has it. */
enum { WORDS = 1 << 10, WORD_SHIFT = 5, PER_WORD = 1 << WORD_SHIFT };

/* A resource that serves one request a cycle: each request takes the first free one. */
typedef struct {
  /* The first cycle of those that each word has. */
  int64_t firsts[WORDS];
  /* A bit for each cycle that is taken. */
  uint32_t taken[WORDS];
} Calendar;

/* Requests that are remembered, at least: the latest ones. */
enum { REMEMBERED = 512 };

/* So many places, one of which each request takes for the same number of cycles. */
typedef struct {
  /* When requests take a place, in order. */
  int64_t begins[2 * REMEMBERED];
  int32_t end;
  int32_t count;
} Places;

/* Room for a number of things under way: another one waits until the one before so many of them has ended. */
typedef struct {
  double *ends;
  int32_t count;
  int32_t next;
} Room;

/* So many low bits, at most 32. */
static inline uint32_t ones(int32_t count) { return (uint32_t)(((uint64_t)1 << count) - 1); }

static void clear_calendar(Calendar *calendar) {
  for (int32_t slot = 0; slot < WORDS; slot++) calendar->firsts[slot] = -1;
}

/* A cycle's word: what it had before is forgotten, unless it is the same one. */
static inline uint32_t *word_of(Calendar *calendar, int64_t cycle) {
  int32_t slot = (int32_t)(cycle >> WORD_SHIFT) & (WORDS - 1);
  int64_t first = cycle & -(int64_t)PER_WORD;
  if (calendar->firsts[slot] != first) {
    calendar->firsts[slot] = first;
    calendar->taken[slot] = 0;
  }
  return &calendar->taken[slot];
}

static int64_t first_free(Calendar *calendar, int64_t cycle) {
  for (int64_t at = cycle;; at = (at | (PER_WORD - 1)) + 1) {
    uint32_t free = ~*word_of(calendar, at) & (UINT32_MAX << (at & (PER_WORD - 1)));
    if (free != 0) return (at & -(int64_t)PER_WORD) + __builtin_ctz(free);
  }
}

/* The cycle in which a request is served that is made in a cycle. */
static inline int64_t reserve(Calendar *calendar, int64_t cycle) {
  uint32_t *word = word_of(calendar, cycle);
  uint32_t bit = (uint32_t)1 << (cycle & (PER_WORD - 1));
  if ((*word & bit) != 0) {
    cycle = first_free(calendar, cycle + 1);
    word = word_of(calendar, cycle);
    bit = (uint32_t)1 << (cycle & (PER_WORD - 1));
  }
  *word |= bit;
  return cycle;
}

/* Takes so many cycles in a row, at most 32, if all of them are free, and says whether they were. */
static inline bool reserve_all(Calendar *calendar, int64_t cycle, int32_t count) {
  int32_t from = (int32_t)cycle & (PER_WORD - 1);
  uint32_t *word = word_of(calendar, cycle);
  uint32_t mask = ones(count) << from;
  if ((*word & mask) != 0) return false;
  int32_t beyond = from + count - PER_WORD;
  if (beyond > 0) {
    uint32_t *next = word_of(calendar, cycle + count - beyond);
    if ((*next & ones(beyond)) != 0) return false;
    *next |= ones(beyond);
  }
  *word |= mask;
  return true;
}

/* Several requests, each made when the one before is served: the first one's cycle if one follows the other, and -1, with nothing reserved, if not. */
static inline int64_t reserve_stream(Calendar *calendar, int64_t cycle, int32_t count) {
  if (reserve_all(calendar, cycle, count)) return cycle;
  int64_t first = first_free(calendar, cycle);
  return first != cycle && reserve_all(calendar, first, count) ? first : -1;
}

static inline bool are_free(Calendar *calendar, int64_t cycle, int32_t count) {
  int32_t from = (int32_t)cycle & (PER_WORD - 1);
  if ((*word_of(calendar, cycle) & (ones(count) << from)) != 0) return false;
  int32_t beyond = from + count - PER_WORD;
  return beyond <= 0 || (*word_of(calendar, cycle + count - beyond) & ones(beyond)) == 0;
}

/* The first of so many cycles in a row, at most 32, that are free. They stay so. */
static int64_t find_run(Calendar *calendar, int64_t cycle, int32_t count) {
  while (!are_free(calendar, cycle, count)) cycle = first_free(calendar, cycle + 1);
  return cycle;
}

/* Takes cycles, whoever else has them. */
static inline void take(Calendar *calendar, int64_t cycle, int32_t count) {
  for (int64_t end = cycle + count; cycle < end;) {
    int32_t from = (int32_t)cycle & (PER_WORD - 1);
    int32_t length = end - cycle < PER_WORD - from ? (int32_t)(end - cycle) : PER_WORD - from;
    *word_of(calendar, cycle) |= ones(length) << from;
    cycle += length;
  }
}

/* The first cycle from which on a place is free for so many cycles. */
static int64_t find_place(const Places *places, int64_t first, int32_t cycles) {
  const int64_t *begins = places->begins;
  int32_t others = places->count - 1;
  int32_t at = places->end;
  while (at > 0 && begins[at - 1] > first - cycles) at--;
  for (; at + others < places->end && begins[at + others] < first + cycles; at++) {
    /* Each one and the others behind it take all places from when the last of them begins until the first of them ends. */
    int64_t end = begins[at] + cycles;
    if (begins[at + others] < end && end > first) first = end;
  }
  return first;
}

static void take_place(Places *places, int64_t cycle) {
  int64_t *begins = places->begins;
  if (places->end == 2 * REMEMBERED) {
    for (int32_t at = 0; at < REMEMBERED; at++) begins[at] = begins[REMEMBERED + at];
    places->end = REMEMBERED;
  }
  int32_t at = places->end++;
  for (; at > 0 && begins[at - 1] > cycle; at--) begins[at] = begins[at - 1];
  begins[at] = cycle;
}

/* The cycle from which on there is room. */
static inline double free_from(const Room *room) { return room->ends[room->next]; }

static inline void enter(Room *room, double end) {
  room->ends[room->next] = end;
  room->next = room->next + 1 == room->count ? 0 : room->next + 1;
}

#endif
