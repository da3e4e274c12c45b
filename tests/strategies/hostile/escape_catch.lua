-- An error handler that swallows the limit.
-- Ends: attempt to call a nil value (global 'pcall')
function score()
  while true do
    pcall(function()
      while true do
      end
    end)
  end
end
