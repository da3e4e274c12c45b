-- One list without an end.
-- Ends: larger than a script may have
function score()
  local list = {}
  for i = 1, math.huge do
    list[i] = i
  end
end
