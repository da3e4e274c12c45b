-- Memory that is given back at once, which would keep a collector busy.
-- Ends: stopped at
function score()
  while true do
    local _ = { {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} }
  end
end
