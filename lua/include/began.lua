--[[ began.lua -- since when the data have the history that they have now (include/history.lua), kept
     beside them as "ID BEGAN". For a moment after a failover some may still ask the primary of before:
     what only one may be given waits until all know. ]]
-- When history `id` began, us (0: nobody can have asked in another), and what to keep, if that is new.
local function began_in(text, id, now)
    local known, began = string.match(text or '', '^(%S+) (%d+)$')
    if known == id then
        return tonumber(began)
    end
    began = known and now or 0
    return began, id .. ' ' .. int(began)
end
