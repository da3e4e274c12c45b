/*
 * poison.h -- memory that waits to be used again, marked so that AddressSanitizer reports who
 * touches it meanwhile, as it would had it been freed. Without the sanitizer: nothing.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_IS_ON
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISON_IS_ON
#endif

#ifdef POISON_IS_ON
#include <sanitizer/asan_interface.h>
#define POISON(ptr, bytes)   __asan_poison_memory_region((ptr), (bytes))
#define UNPOISON(ptr, bytes) __asan_unpoison_memory_region((ptr), (bytes))
#else
#define POISON(ptr, bytes)   ((void)(ptr))
#define UNPOISON(ptr, bytes) ((void)(ptr))
#endif

#endif
