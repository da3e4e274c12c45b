-- Calls that need no stack.
-- Ends: stopped at the limit of instructions
local function again()
  return again()
end
function score()
  return again()
end
