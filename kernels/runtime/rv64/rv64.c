#include "rv64.h"

/* The host-target interface: a store to tohost of the address of a call's words asks for it; its first word becomes the result. */
volatile uint64_t tohost __attribute__((section(".tohost"), aligned(64)));
volatile uint64_t fromhost __attribute__((section(".tohost"), aligned(64)));

/* Calls of RISC-V Linux, and the one by which Berkeley's proxy kernel asks for the arguments. */
enum { CALL_OPEN = 56, CALL_READ = 63, CALL_WRITE = 64, CALL_ARGUMENTS = 2011 };
enum { STANDARD_INPUT = 0, STANDARD_OUTPUT = 1, STANDARD_ERROR = 2 };

typedef struct {
  uint64_t number, arguments[7];
} host_call;

static int64_t call(host_call asked)
{
  volatile host_call words __attribute__((aligned(64))) = asked;
  __asm__ volatile("fence" ::: "memory");
  tohost = (uint64_t)(uintptr_t)&words;
  while (fromhost == 0) continue;
  fromhost = 0;
  __asm__ volatile("fence" ::: "memory");
  return (int64_t)words.number;
}

static uint64_t address(const void *data)
{
  return (uint64_t)(uintptr_t)data;
}

/* Reads so many bytes; 0 when the input ends before. */
static int read_all(uint64_t file, void *data, size_t bytes)
{
  char *next = data;
  while (bytes > 0) {
    const int64_t count = call((host_call){CALL_READ, {file, address(next), bytes}});
    if (count <= 0) return 0;
    next += count;
    bytes -= (size_t)count;
  }
  return 1;
}

static void write_all(uint64_t file, const void *data, size_t bytes)
{
  const char *next = data;
  while (bytes > 0) {
    const int64_t count = call((host_call){CALL_WRITE, {file, address(next), bytes}});
    if (count <= 0) return;
    next += count;
    bytes -= (size_t)count;
  }
}

static size_t length(const char *text)
{
  size_t bytes = 0;
  while (text[bytes] != '\0') bytes++;
  return bytes;
}

/* A line of the table: a call to the host takes long on some machines, so it is one for each line. */
static struct {
  char text[256];
  size_t bytes;
} line;

static void print(uint64_t file, const char *text)
{
  const size_t bytes = length(text);
  for (size_t i = 0; i < bytes; i++) {
    line.text[line.bytes++] = text[i];
    if (text[i] != '\n' && line.bytes < sizeof line.text) continue;
    write_all(file, line.text, line.bytes);
    line.bytes = 0;
  }
}

static void print_number(uint64_t file, uint64_t value)
{
  char digits[21];
  int first = 20;
  digits[first] = '\0';
  do {
    digits[--first] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  print(file, digits + first);
}

/* Where test cases come from, and where tensors and the table go. */
typedef struct {
  uint64_t cases, tensors, table;
} files;

static int64_t open_file(const char *name, uint64_t flags)
{
  const int64_t working_directory = -100, mode = 0644;
  return call((host_call){CALL_OPEN, {(uint64_t)working_directory, address(name), length(name) + 1, flags, mode}});
}

/* The files that the arguments name; the standard streams, where the host has no arguments. Returns 0 where a file cannot be opened. */
static int open_files(files *opened)
{
  enum { TO_READ = 0, TO_WRITE = 01101 }; /* O_WRONLY | O_CREAT | O_TRUNC */
  static uint64_t arguments[128];         /* how many there are, the address of each, their text */
  *opened = (files){STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR};
  if (call((host_call){CALL_ARGUMENTS, {address(arguments), sizeof arguments}}) < 0 || arguments[0] < 4) return 1;
  uint64_t *const places[] = {&opened->cases, &opened->tensors, &opened->table};
  for (int i = 0; i < 3; i++) {
    const int64_t file = open_file((const char *)(uintptr_t)arguments[2 + i], i == 0 ? TO_READ : TO_WRITE);
    if (file < 0) return 0;
    *places[i] = (uint64_t)file;
  }
  return 1;
}

static uint64_t cycles(void)
{
  uint64_t now;
  __asm__ volatile("csrr %0, mcycle" : "=r"(now)::"memory");
  return now;
}

static uint64_t instructions(void)
{
  uint64_t now;
  __asm__ volatile("csrr %0, minstret" : "=r"(now)::"memory");
  return now;
}

static int read_case(const bw_network *network, uint64_t file)
{
  for (int32_t i = 0; i < network->input_count; i++) {
    if (!read_all(file, network->inputs[i].data, network->inputs[i].bytes)) return 0;
  }
  return 1;
}

/* Nothing is asked of the host while a step is counted: every machine executes the same instructions. */
static void run_step(const bw_step *step, bw_rv64_counts *count)
{
  const uint64_t first = instructions(), start = cycles();
  step->run();
  count->cycles += cycles() - start;
  count->instructions += instructions() - first;
}

static void print_counts(uint64_t file, const bw_rv64_run *run)
{
  const bw_network *const network = run->network;
  const uint64_t divisor = run->cases > 0 ? run->cases : 1;
  for (int32_t s = 0; s < network->step_count; s++) {
    print(file, network->name);
    print(file, ",");
    print(file, network->steps[s].result.file);
    print(file, ",");
    print_number(file, run->cases);
    print(file, ",");
    print_number(file, run->counts[s].cycles / divisor);
    print(file, ",");
    print_number(file, run->counts[s].instructions / divisor);
    print(file, "\n");
  }
}

/* Reads and runs one case; 0 when there is none. */
static int run_case(bw_rv64_run *run, const files *opened)
{
  const bw_network *const network = run->network;
  if (!read_case(network, opened->cases)) return 0;
  for (int32_t s = 0; s < network->step_count; s++) {
    const bw_step *const step = &network->steps[s];
    run_step(step, &run->counts[s]);
    for (int32_t i = 0; network->insides != NULL && i < network->insides[s].count; i++) {
      write_all(opened->tensors, network->insides[s].tensors[i].data, network->insides[s].tensors[i].bytes);
    }
    write_all(opened->tensors, step->result.data, step->result.bytes);
  }
  run->cases++;
  return 1;
}

int bw_rv64_main(bw_rv64_run runs[], int32_t count)
{
  files opened;
  if (!open_files(&opened)) {
    print(STANDARD_ERROR, "found arguments that name no files, expected those of the cases, the tensors and the table. Check the paths.\n");
    return 1;
  }
  for (int32_t n = 0; count > 0 && run_case(&runs[n], &opened);) n = n + 1 < count ? n + 1 : 0;
  for (int32_t n = 0; n < count; n++) print_counts(opened.table, &runs[n]);
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
