-- Metamethods of texts.
-- Ends: attempt to
function score()
  local text = ""
  text.__index = function()
    while true do
    end
  end
end
