/* What a core like Rocket does in one pass: it issues one instruction a cycle and waits for every result, so several elements are under way at a time. */
#ifndef BITWRIGHT_ROCKET_H
#define BITWRIGHT_ROCKET_H

#include "bitwright.h"

#endif
