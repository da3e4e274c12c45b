-- No globals at all.
-- Ends: attempt to index a nil value
function score()
  _ENV = nil
  return print
end
