#include "model/model.h"
#include "gemmini/command.h"

#include <stdio.h>
#include <stdlib.h>

void expect(int fits, const char *what)
{
  if (fits) return;
  fprintf(stderr, "model of Gemmini: expected %s.\n", what);
  abort();
}

typedef struct {
  int funct;
  words given;
} command;

static void perform(command now)
{
  static words given[FUNCTIONS]; /* the last command of each function */
  static const int kind_of[FUNCTIONS] = {[LOAD_0] = 0, [LOAD_1] = 1, [LOAD_2] = 2};
  given[now.funct] = now.given;
  switch (now.funct) {
  case CONFIGURE: configure(now.given); return;
  case LOAD_0:
  case LOAD_1:
  case LOAD_2: load(&configured.loads[kind_of[now.funct]], now.given.first, block_of(now.given.second)); return;
  case STORE: store(now.given.first, block_of(now.given.second)); return;
  case COMPUTE:
  case COMPUTE_AGAIN: {
    const block right = block_of(given[PRELOAD].first);
    expect((uint32_t)now.given.second == NOWHERE, "a product that nothing is added to");
    multiply(now.funct == COMPUTE ? &right : NULL, block_of(now.given.first), block_of(given[PRELOAD].second));
    return;
  }
  case LOOP: run_loop(given); return;
  case CONVOLVE: run_convolution(given); return;
  default: return; /* what follows needs its words */
  }
}

/* Firmware may not tell whether a command is done as soon as it is given or not before the fence. GEMMINI_LATE in the environment: not before. */
static command *waiting;
static size_t count, room;

void gemmini_command(int funct, uint64_t first, uint64_t second)
{
  const command now = {.funct = funct, .given = {.first = first, .second = second}};
  expect(funct < FUNCTIONS && funct != 7, "a function that it knows");
  if (getenv("GEMMINI_LATE") == NULL) {
    perform(now);
    return;
  }
  if (count == room) {
    room = 2 * room + 64;
    waiting = realloc(waiting, room * sizeof *waiting);
    expect(waiting != NULL, "memory for commands that wait");
  }
  waiting[count++] = now;
}

void gemmini_fence(void)
{
  for (size_t i = 0; i < count; i++) perform(waiting[i]);
  count = 0;
}
