-- A value that wants to be closed when the script is stopped.
-- Ends: got a non-closable value
function score(_, candidates)
  local _ <close> = candidates[1]
  while true do
  end
end
