-- Texts of the largest size, without an end.
-- Ends: stopped at
function score()
  local text = "x"
  for _ = 1, 9 do
    text = text .. text
  end
  for i = 1, math.huge do
    local _ = text .. i
  end
end
