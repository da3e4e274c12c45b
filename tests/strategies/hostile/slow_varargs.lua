-- One instruction that copies hundreds of values.
-- Ends: stopped at
local function copy(...)
  while true do
    local _ = select("#", ...)
    _ = select("#", ...)
    _ = select("#", ...)
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
