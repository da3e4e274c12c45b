-- Large lists, each made by a few instructions.
-- Ends: stopped at the limit of memory
local function copy(...)
  while true do
    local _ = { ... }
  end
end
local function fill(n, ...)
  if n == 0 then
    return copy(...)
  end
  return fill(n - 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...)
end
function score()
  return fill(90)
end
