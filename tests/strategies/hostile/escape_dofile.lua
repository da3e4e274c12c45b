-- A function that scripts do not have.
-- Ends: attempt to call a nil value (global '
function score()
  return dofile("/etc/passwd")
end
