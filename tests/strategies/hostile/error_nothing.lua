-- An error that says nothing.
-- Ends: an error that says nothing
function score()
  error("", 0)
end
