-- An error that would write a line of its own into the log.
-- Ends: one?level=error?
function score()
  error("one\nlevel=error\27", 0)
end
