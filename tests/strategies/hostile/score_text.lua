-- A text among the scores.
-- Ends: the score of candidate 1 is a string
function score()
  return { "1e9" }
end
