#define REAL float
#define MAGIC 12582912.0f
#include "requantise-real.h"
