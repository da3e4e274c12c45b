-- A field that does not exist.
-- Ends: a candidate has no field 'prompt'
function score(_, candidates)
  return { candidates[1].prompt }
end
