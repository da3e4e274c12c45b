-- One instruction that takes microseconds: the remainder of numbers far apart.
-- Ends: stopped at the limit of time
function score()
  local large, small, rest = 1e308, 1e-308, 0
  while true do
    rest = large % small
    rest = large % small
    rest = large % small
    rest = large % small
  end
end
