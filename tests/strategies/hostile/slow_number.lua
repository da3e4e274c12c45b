-- A text of many digits, read as a number again and again.
-- Ends: stopped at
function score()
  local digits = "9"
  for _ = 1, 9 do
    digits = digits .. digits
  end
  digits = "1." .. digits
  while true do
    tonumber(digits)
    tonumber(digits)
    for _ = 1, digits do
      break
    end
  end
end
