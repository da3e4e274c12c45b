-- A loop with an end, in some years.
-- Ends: stopped at the limit of instructions
function score()
  for _ = 1, math.huge do
  end
end
