/*
 * TALLY(name, half_life_s, names, text)
 *
 * What gateways count of vendors' answers, and how fast it is forgotten: what is half_life_s old
 * counts half. names: what a tally is of, in the order in which they stand in its name
 * (core/tally.h): E an endpoint, M a model, S a size of prompts, T a task.
 */
TALLY(attempts, 30,     "EM",  "calls, and how many of them failed")
TALLY(first,    60,     "EMS", "milliseconds until the first content")
TALLY(token,    60,     "EMS", "hundredths of a millisecond from a token to the next")
TALLY(length,   604800, "MT",  "output tokens of answers, and one")
TALLY(input,    604800, "M",   "ratios of the input tokens that the vendor counted to those expected, by kind of prompt")
TALLY(rating,   2592000, "MT", "answers that clients rated, how much of them good and how much bad")
