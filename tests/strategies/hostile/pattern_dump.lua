-- A pattern that is worked on inside one call: string.dump.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:dump("(.-)*(.-)*(.-)*(.-)*b")
end
