-- Calls behind each other until the stack is full.
-- Ends: larger than a script may have
local function deeper(n)
  return 1 + deeper(n + 1)
end
function score()
  return deeper(1)
end
