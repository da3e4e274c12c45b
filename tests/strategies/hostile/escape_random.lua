-- Chance: the same request must be decided alike everywhere.
-- Ends: attempt to call a nil value (field 'random')
function score()
  return { math.random() }
end
