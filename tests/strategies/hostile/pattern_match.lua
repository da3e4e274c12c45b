-- A pattern that is worked on inside one call: string.match.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:match("(.-)*(.-)*(.-)*(.-)*b")
end
