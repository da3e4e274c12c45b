-- A table that is laid out anew with each key.
-- Ends: stopped at
function score()
  local list = {}
  for i = 1, 3000 do
    list[i] = i
  end
  while true do
    list.a = 1
    list.a = nil
    list.b = 1
    list.b = nil
  end
end
