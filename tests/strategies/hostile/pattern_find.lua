-- A pattern that is worked on inside one call: string.find.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:find("(.-)*(.-)*(.-)*(.-)*b")
end
