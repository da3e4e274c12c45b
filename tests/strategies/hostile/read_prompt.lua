-- The prompt, which scripts do not get.
-- Ends: a request has no field 'messages_text'
function score(request)
  return { request.messages_text }
end
