-- A library that scripts do not have.
-- Ends: attempt to index a nil value (global '
function score()
  return package.loadlib("libc.so.6", "*")
end
