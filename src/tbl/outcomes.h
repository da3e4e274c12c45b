/*
 * OUTCOME(name, reward, weight, text)
 *
 * What may have become of an answer, as POST /v1/feedback takes it. reward: what the answer is
 * worth for it, in millionths (a rating is its own). weight: how much of a judgement it is, in
 * millionths: somebody's word counts whole, what is only seen to happen counts less.
 */
OUTCOME(solved,        1000000, 1000000, "what was asked for is done: tests pass, the case is closed")
OUTCOME(accepted,      1000000,  300000, "it was used as it is: copied, sent, merged")
OUTCOME(edited,        1000000,  300000, "it was used after changes")
OUTCOME(regenerated,         0,  300000, "the same was asked again at once")
OUTCOME(escalated,           0,  300000, "a person, or a better model, had to do it")
OUTCOME(schema_failed,       0,  300000, "it did not have the form that was asked for")
OUTCOME(rejected,            0, 1000000, "somebody said that it is no good")
OUTCOME(failed,              0, 1000000, "what was asked for failed with it: tests fail, a fact is wrong")
