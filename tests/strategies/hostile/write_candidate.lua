-- Another quality.
-- Ends: a field cannot be set
function score(_, candidates)
  candidates[1].quality = 1
end
