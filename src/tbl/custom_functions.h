/*
 * CUSTOM_FUNCTION(name, takes, gives, result, text)
 *
 * What an expression can call (in a script they are in the tables math and string). takes: a letter
 * for each argument, n a number, t a text. gives: TRUTH or NUMBER. result: in C, of the arguments a[0],
 * a[1], ... A number that is not finite makes the expression fail.
 */
/* clang-format off */
CUSTOM_FUNCTION(min,   "nn",  NUMBER, fmin(a[0].number, a[1].number), "the smaller of two numbers")
CUSTOM_FUNCTION(max,   "nn",  NUMBER, fmax(a[0].number, a[1].number), "the larger of two numbers")
CUSTOM_FUNCTION(clamp, "nnn", NUMBER, fmin(fmax(a[0].number, a[1].number), a[2].number), "the first number, made to lie between the second and the third")
CUSTOM_FUNCTION(abs,   "n",   NUMBER, fabs(a[0].number), "a number without its sign")
CUSTOM_FUNCTION(sqrt,  "n",   NUMBER, sqrt(a[0].number), "the square root")
CUSTOM_FUNCTION(log,   "n",   NUMBER, log(a[0].number), "the natural logarithm")
CUSTOM_FUNCTION(exp,   "n",   NUMBER, exp(a[0].number), "e raised to a number")
CUSTOM_FUNCTION(contains,    "tt", TRUTH, str_find(a[0].text, a[1].text) >= 0, "whether the second text stands in the first")
CUSTOM_FUNCTION(starts_with, "tt", TRUTH, str_starts(a[0].text, a[1].text), "whether the first text begins with the second")
CUSTOM_FUNCTION(ends_with,   "tt", TRUTH, str_ends(a[0].text, a[1].text), "whether the first text ends with the second")
