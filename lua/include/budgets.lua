-- budgets.lua -- budgets as they are, and money reserved in all of them.

-- What each budget has free now, and later if all that is in flight settled at nothing; and the
-- largest pace of all, -1 when none has one.
-- keys, limits: functions of 1..n; a limit that is gone (nil) is none.
local function read_budgets(n, key_of, limit_of)
    local all = { free = math.huge, pace = -1 }
    for i = 1, n do
        local c = redis.call('HMGET', key_of(i), 'spent', 'reserved', 'suspense', 'requests', 'pace')
        local limit = limit_of(i) or math.huge
        local later = limit - (c[1] or 0) - (c[3] or 0)
        local b = { limit = limit, later = later, free = later - (c[2] or 0) }
        b.new = not (c[1] or c[2] or c[3])
        b.requests = c[4]
        all[i] = b
        all.free = math.min(all.free, b.free)
        all.pace = math.max(all.pace, tonumber(c[5] or -1))
    end
    return all
end

-- move `cost` into `reserved` everywhere; a counter that begins gets its end, too
local function reserve(budgets, cost, key_of, end_of)
    local amount = int(cost)
    for i, b in ipairs(budgets) do
        redis.call('HINCRBY', key_of(i), 'reserved', amount)
        if b.new and end_of(i) ~= '0' then
            redis.call('EXPIREAT', key_of(i), end_of(i))
        end
    end
end
