#define REAL double
#define MAGIC 6755399441055744.0
#include "requantise-real.h"
