--[[ history.lua -- the barrier after a failover (R4). Redis may have lost its latest writes, and then
     more looks free than is: until the workers that admitted requests lately have told again what
     they hold.

  The record is a hash: `id` of the history in which the org's data were used last, when it `began`
  (us), `past` ids that were in use before, how many workers are still `waiting`ed for; `o:WORKER` when
  a worker was admitted last (us), `w:WORKER` the same of one that is waited for. ]]
local PAST_BYTES = 1000 -- so much of the past is remembered

local function is_past(h, id)
    return h.past and string.find(' ' .. h.past .. ' ', ' ' .. id .. ' ', 1, true) ~= nil
end

local function read_history(key)
    local flat, h = redis.call('HGETALL', key), {}
    for i = 1, #flat, 2 do
        h[flat[i]] = flat[i + 1]
    end
    return h
end

-- who was admitted within `window` is waited for
local function begin_history(key, h, id, now, window)
    local past = string.sub(string.gsub(id .. ' ' .. (h.id or '') .. ' ' .. (h.past or ''), '%s+$', ''),
        1, PAST_BYTES)
    local t, waiting, told = {}, 0, {}
    for name, at in pairs(h) do
        local worker = string.match(name, '^[ow]:(.+)$')
        if worker and not told[worker] and now - at < window then
            told[worker] = true
            waiting = waiting + 1
            t[#t + 1] = 'w:' .. worker
            t[#t + 1] = at
        end
    end
    redis.call('DEL', key)
    redis.call('HSET', key, 'id', id, 'began', int(now), 'past', past, 'waiting', waiting, unpack(t))
    return waiting
end
