#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200112L /* for clock_gettime */
#endif

#include "host.h"

#include <stdio.h>
#include <string.h>

#if defined(_WIN32)
#include <windows.h>

static double nanoseconds(void)
{
  LARGE_INTEGER ticks, frequency;
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&frequency);
  return (double)ticks.QuadPart * 1e9 / (double)frequency.QuadPart;
}
#else
#include <time.h>

static double nanoseconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}
#endif

typedef struct {
  const char *inputs; /* the directory of the test cases */
  const char *dump;   /* where to write every step's tensor; NULL: nowhere */
} options;

enum { PATH_LENGTH = 4096, EXIT_FILE = 1, EXIT_USAGE = 2 };
static char path[PATH_LENGTH];

/* Puts DIRECTORY/FILE.bin into `path`; 0 when it is too long. */
static int set_path(const char *directory, const char *file)
{
  const int length = snprintf(path, sizeof path, "%s/%s.bin", directory, file);
  if (length > 0 && length < PATH_LENGTH) return 1;
  fprintf(stderr, "%s: found a path that is too long, expected at most %d characters. Use a shorter one.\n", directory, PATH_LENGTH - 1);
  return 0;
}

static int complain(const char *found, const char *expected, const char *remedy)
{
  fprintf(stderr, "%s: found %s, expected %s. %s.\n", path, found, expected, remedy);
  return 0;
}

/* How many test cases the file of an input holds, one after the other; -1 when it cannot be read or does not hold whole ones. */
static long count_cases(const char *directory, const bw_tensor *input)
{
  if (!set_path(directory, input->file)) return -1;
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    complain("no file that can be read", "the input of every test case", "Write the test cases there");
    return -1;
  }
  const int seeked = fseek(file, 0, SEEK_END) == 0;
  const long bytes = ftell(file);
  fclose(file);
  if (!seeked || bytes < 0 || (size_t)bytes % input->bytes != 0) {
    char found[64], expected[64];
    snprintf(found, sizeof found, "%ld bytes", bytes);
    snprintf(expected, sizeof expected, "a multiple of %lu, one test case", (unsigned long)input->bytes);
    complain(found, expected, "Write the test cases again");
    return -1;
  }
  return bytes / (long)input->bytes;
}

static int read_case(const char *directory, const bw_tensor *input, long number)
{
  if (!set_path(directory, input->file)) return 0;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return complain("no file that can be read", "the input of every test case", "Write the test cases there");
  const int whole = fseek(file, number * (long)input->bytes, SEEK_SET) == 0 && fread(input->data, 1, input->bytes, file) == input->bytes;
  fclose(file);
  return whole || complain("a file that ends early", "a whole test case", "Write the test cases again");
}

/* Appends a tensor to its file, which the first test case creates. */
static int write_case(const char *directory, const bw_tensor *result, long number)
{
  if (!set_path(directory, result->file)) return 0;
  FILE *file = fopen(path, number == 0 ? "wb" : "ab");
  if (file == NULL) return complain("no place to write a file", "a directory that exists", "Make it, or choose another");
  const int written = fwrite(result->data, 1, result->bytes, file) == result->bytes;
  const int closed = fclose(file) == 0;
  return (written && closed) || complain("no space for a tensor", "room for every step", "Free some space or choose another directory");
}

/* Runs one step for the test case in memory and adds its time, in nanoseconds; 0 when a tensor could not be written. */
static int run_step(const bw_network *network, int32_t s, const options *options, long number, double *time)
{
  const double start = nanoseconds();
  network->steps[s].run();
  *time += nanoseconds() - start;
  if (options->dump == NULL) return 1;
  for (int32_t i = 0; network->insides != NULL && i < network->insides[s].count; i++) {
    if (!write_case(options->dump, &network->insides[s].tensors[i], number)) return 0;
  }
  return write_case(options->dump, &network->steps[s].result, number);
}

/* The time of every step is summed over the cases before it is printed: the table has a place for each. */
enum { MAX_STEPS = 65536 };
static double times[MAX_STEPS];

static int run_cases(const bw_network *network, const options *options, long cases)
{
  for (int32_t s = 0; s < network->step_count; s++) times[s] = 0;
  for (long number = 0; number < cases; number++) {
    for (int32_t i = 0; i < network->input_count; i++) {
      if (!read_case(options->inputs, &network->inputs[i], number)) return 0;
    }
    for (int32_t s = 0; s < network->step_count; s++) {
      if (!run_step(network, s, options, number, &times[s])) return 0;
    }
  }
  return 1;
}

static int run_network(const bw_network *network, const options *options)
{
  if (network->step_count > MAX_STEPS) {
    fprintf(stderr, "%s: found %ld steps, expected at most %d. Raise MAX_STEPS in host.c.\n", network->name, (long)network->step_count, MAX_STEPS);
    return 0;
  }
  long cases = 0;
  for (int32_t i = 0; i < network->input_count; i++) {
    const long found = count_cases(options->inputs, &network->inputs[i]);
    if (found < 0) return 0;
    if (i > 0 && found != cases) return complain("another number of test cases", "as many as the other inputs have", "Write the test cases again");
    cases = found;
  }
  if (!run_cases(network, options, cases)) return 0;
  for (int32_t s = 0; s < network->step_count; s++) {
    printf("%s,%s,%ld,%.0f\n", network->name, network->steps[s].result.file, cases, cases > 0 ? times[s] / (double)cases : 0);
  }
  return 1;
}

static int usage(const char *program, int code)
{
  fprintf(code == 0 ? stdout : stderr,
          "usage: %s --inputs DIR [--dump DIR]\n"
          "  --inputs DIR  runs every test case in DIR: a file there for each input of the network, such as x.bin,\n"
          "                holds that input of all cases, one after the other\n"
          "  --dump DIR    writes every step's tensor of all cases, one after the other, to a file of its own in DIR\n"
          "Prints a line for each step: network, step, cases, mean nanoseconds.\n",
          program);
  return code;
}

int bw_host_main(const bw_network *const *networks, int32_t count, int argc, char **argv)
{
  options options = {.inputs = NULL, .dump = NULL};
  for (int a = 1; a < argc; a += 2) {
    if (strcmp(argv[a], "--help") == 0) return usage(argv[0], 0);
    if (a + 1 == argc) return usage(argv[0], EXIT_USAGE);
    if (strcmp(argv[a], "--inputs") == 0) options.inputs = argv[a + 1];
    else if (strcmp(argv[a], "--dump") == 0) options.dump = argv[a + 1];
    else return usage(argv[0], EXIT_USAGE);
  }
  if (options.inputs == NULL) return usage(argv[0], EXIT_USAGE);
  printf("network,step,cases,nanoseconds\n");
  for (int32_t n = 0; n < count; n++) {
    if (!run_network(networks[n], &options)) return EXIT_FILE;
  }
  return fflush(stdout) == 0 ? 0 : EXIT_FILE;
}
