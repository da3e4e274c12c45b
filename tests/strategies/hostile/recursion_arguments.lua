-- Each call copies the arguments of all before it.
-- Ends: stopped at
local function more(...)
  return more(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)
end
function score()
  return more()
end
