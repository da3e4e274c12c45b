-- A loop that no loop statement shows.
-- Ends: stopped at the limit of instructions
function score()
  ::again::
  goto again
end
