-- A pattern that is worked on inside one call: string.gsub.
-- Ends: attempt to call a nil value
function score()
  local text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  return text:gsub("(.-)*(.-)*(.-)*(.-)*b")
end
