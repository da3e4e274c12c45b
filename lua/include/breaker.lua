--[[ breaker.lua -- a breaker as its hash keeps it: "STATE CAUSE UNTIL SINCE OPENINGS TOKEN GOOD BLOCKED",
  times in us since 1970. One that is not there, or cannot be read, is closed. ]]
local function breaker_read(text)
    local b = { state = 'closed', cause = 'failed', until_us = 0, since = 0, openings = 0, token = 0,
                good = 0, blocked = 0 }
    local state, cause, until_us, since, openings, token, good, blocked = string.match(
        text or '', '^(%a+) (%a+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
    if state then
        b.state, b.cause, b.until_us, b.since = state, cause, tonumber(until_us), tonumber(since)
        b.openings, b.token, b.good = tonumber(openings), tonumber(token), tonumber(good)
        b.blocked = tonumber(blocked)
    end
    return b
end

local function breaker_text(b)
    return table.concat({ b.state, b.cause, int(b.until_us), int(b.since), int(b.openings),
                          int(b.token), int(b.good), int(b.blocked) }, ' ')
end

-- '@' is the history of the data in which they were told of or asked for last; when it began (began.lua)
local function breakers_began(key, id, now)
    local began, new = began_in(redis.call('HGET', key, '@'), id, now)
    if new then
        redis.call('HSET', key, '@', new)
    end
    return began
end

-- '#' counts the changes: no endpoint is called so
local function breakers_tell(key, channel, word)
    redis.call('PUBLISH', channel, word .. ' ' .. redis.call('HINCRBY', key, '#', 1))
end
