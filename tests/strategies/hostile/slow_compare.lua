-- Long texts that differ in their last letter.
-- Ends: stopped at
function score()
  local text = "a"
  for _ = 1, 9 do
    text = text .. text
  end
  local one, other = text .. "x", text .. "y"
  while true do
    local _ = one == other or one < other or one == other or one > other
  end
end
