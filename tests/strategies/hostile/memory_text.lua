-- A text that doubles.
-- Ends: a text longer than a script may have
function score()
  local text = "x"
  while true do
    text = text .. text
  end
end
