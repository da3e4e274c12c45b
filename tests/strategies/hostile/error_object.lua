-- An error that is no text, and would be asked for one.
-- Ends: an error that is no text
function score()
  error({
    __tostring = function()
      while true do
      end
    end,
  })
end
