-- A list that grows while it is walked.
-- Ends: stopped at
function score()
  local list = { 1 }
  for i in ipairs(list) do
    list[i + 1] = 1
  end
end
