-- A pattern that is worked on inside one call: string.format.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:format("(.-)*(.-)*(.-)*(.-)*b")
end
