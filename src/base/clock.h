/*
 * clock.h -- the clocks, read in the shell only.
 *
 * Whatever decides takes the time as an argument; that is why core/ has no
 * include of this file.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* microseconds on a clock that never jumps; for deadlines and durations */
int64_t clock_mono_us(void);
/* microseconds since 1970, UTC; for prices, periods and logs */
int64_t clock_wall_us(void);
/* microseconds that the calling thread has worked */
int64_t clock_work_us(void);

#endif
