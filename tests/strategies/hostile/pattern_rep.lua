-- A pattern that is worked on inside one call: string.rep.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:rep("(.-)*(.-)*(.-)*(.-)*b")
end
