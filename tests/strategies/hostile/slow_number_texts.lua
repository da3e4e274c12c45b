-- Numbers made texts again and again.
-- Ends: stopped at
function score()
  local n = 1.2345678e-300
  while true do
    local _ = n .. n .. n .. n .. n .. n .. n .. n
  end
end
