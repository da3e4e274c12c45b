-- Another task.
-- Ends: a field cannot be set
function score(request)
  request.task = "other"
end
