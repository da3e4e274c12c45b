-- A loop without an end.
-- Ends: stopped at the limit of instructions
function score()
  while true do
  end
end
