-- No scores.
-- Ends: score() gave a nil, and must give a list of numbers
function score()
end
