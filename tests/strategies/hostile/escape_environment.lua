-- Other globals.
-- Ends: attempt to call a nil value (global 'error')
function score()
  local _ENV = { score = score }
  error("from where?")
end
