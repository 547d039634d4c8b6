#include "rv64.h"

/* The host-target interface: a store to tohost of the address of a call's words asks for it; its first word becomes the result. */
volatile uint64_t tohost __attribute__((section(".tohost"), aligned(64)));
volatile uint64_t fromhost __attribute__((section(".tohost"), aligned(64)));

enum { CALL_READ = 63, CALL_WRITE = 64 };
enum { STANDARD_INPUT = 0, STANDARD_OUTPUT = 1, STANDARD_ERROR = 2 };

static int64_t call(uint64_t number, uint64_t file, const void *data, uint64_t bytes)
{
  volatile uint64_t words[8] __attribute__((aligned(64))) = {number, file, (uint64_t)(uintptr_t)data, bytes};
  __asm__ volatile("fence" ::: "memory");
  tohost = (uint64_t)(uintptr_t)words;
  while (fromhost == 0) continue;
  fromhost = 0;
  __asm__ volatile("fence" ::: "memory");
  return (int64_t)words[0];
}

/* Reads so many bytes; 0 when the input ends before. */
static int read_all(void *data, size_t bytes)
{
  char *next = data;
  while (bytes > 0) {
    const int64_t count = call(CALL_READ, STANDARD_INPUT, next, bytes);
    if (count <= 0) return 0;
    next += count;
    bytes -= (size_t)count;
  }
  return 1;
}

static void print(const char *text)
{
  size_t bytes = 0;
  while (text[bytes] != '\0') bytes++;
  call(CALL_WRITE, STANDARD_ERROR, text, bytes);
}

static void print_number(uint64_t value)
{
  char digits[21];
  int first = 20;
  digits[first] = '\0';
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  print(digits + first);
}

static uint64_t cycles(void)
{
  uint64_t now;
  __asm__ volatile("csrr %0, mcycle" : "=r"(now)::"memory");
  return now;
}

/* The cycles of every step are summed over the cases before they are printed: the table has a place for each. */
enum { MAX_STEPS = 65536 };
static uint64_t times[MAX_STEPS];

static int read_case(const bw_network *network)
{
  for (int32_t i = 0; i < network->input_count; i++) {
    if (!read_all(network->inputs[i].data, network->inputs[i].bytes)) return 0;
  }
  return 1;
}

static void run_step(const bw_step *step, uint64_t *time)
{
  const uint64_t start = cycles();
  step->run();
  *time += cycles() - start;
  call(CALL_WRITE, STANDARD_OUTPUT, step->result.data, step->result.bytes);
}

int bw_rv64_main(const bw_network *network)
{
  uint64_t cases = 0;
  if (network->step_count > MAX_STEPS) {
    print("found too many steps, expected at most 65536. Raise MAX_STEPS in rv64.c.\n");
    return 1;
  }
  for (; read_case(network); cases++) {
    for (int32_t s = 0; s < network->step_count; s++) run_step(&network->steps[s], &times[s]);
  }
  for (int32_t s = 0; s < network->step_count; s++) {
    print(network->name);
    print(",");
    print(network->steps[s].result.file);
    print(",");
    print_number(cases);
    print(",");
    print_number(cases > 0 ? times[s] / cases : 0);
    print("\n");
  }
  return 0;
}

/* What compilers call on their own. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
  char *target = to;
  const char *source = from;
  if ((((uintptr_t)to | (uintptr_t)from) & 7) == 0) {
    for (; bytes >= 8; bytes -= 8, target += 8, source += 8) *(uint64_t *)(void *)target = *(const uint64_t *)(const void *)source;
  }
  for (; bytes > 0; bytes--) *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t bytes)
{
  for (char *target = to; bytes > 0; bytes--) *target++ = (char)value;
  return to;
}
