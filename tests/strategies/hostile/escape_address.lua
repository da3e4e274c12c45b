-- The address of a table, which differs between gateways.
-- Ends: a table has no text
function score()
  return { tostring({}) }
end
