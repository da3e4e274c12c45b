-- A score above all others.
-- Ends: the score of candidate 2 is no finite number
function score()
  return { 1, math.huge }
end
