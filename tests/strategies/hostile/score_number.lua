-- A number in place of a list.
-- Ends: score() gave a number, and must give a list of numbers
function score()
  return 1
end
