/* A kernel of the benchmark: as many iterations as asked, and a sum that shows that they were right. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

uint32_t kernel(uint32_t iterations);

#endif
