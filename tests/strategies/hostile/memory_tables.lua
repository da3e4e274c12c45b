-- Tables without an end.
-- Ends: stopped at
function score()
  local all = {}
  while true do
    all = { all, {}, {}, {}, {}, {}, {}, {} }
  end
end
