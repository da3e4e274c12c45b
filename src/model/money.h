/*
 * money.h -- units of money, the same in C, Lua and Redis.
 *
 * Amounts are integer nano-dollars (`_nanos`): 2^53 of them are 9 million
 * dollars, so every amount up to MONEY_MAX is exact also where Lua keeps it in a
 * double. Prices are integer pico-dollars per token (`_picos`), which is dollars
 * per million tokens times 10^6. No floats near money.
 */
#ifndef MODEL_MONEY_H
#define MODEL_MONEY_H

#include <stdint.h>

#define NANOS_PER_DOLLAR 1000000000LL
#define PICOS_PER_NANO   1000LL
/* limits above this are refused when configured */
#define MONEY_MAX 9000000000000000LL
#define MONEY_NO_LIMIT (-1LL)

#endif
