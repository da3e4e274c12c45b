-- An error whose text is as long as can be.
-- Ends: xxxxxxxxxx
function score()
  local text = "x"
  for _ = 1, 9 do
    text = text .. text
  end
  error(text, 0)
end
