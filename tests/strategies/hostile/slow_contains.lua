-- A search that nearly succeeds everywhere.
-- Ends: stopped at
function score()
  local text = "a"
  for _ = 1, 9 do
    text = text .. text
  end
  local wanted = text:sub(1, 250) .. "b"
  while true do
    text:contains(wanted)
    text:contains(wanted)
    text:contains(wanted)
  end
end
