-- The same with a closure for each call.
-- Ends: stopped at
local function deeper(f)
  return 1 + deeper(function()
    return f
  end)
end
function score()
  return deeper()
end
