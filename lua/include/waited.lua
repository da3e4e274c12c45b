--[[ waited.lua -- whom the barrier after a failover waits for. Includes history.lua first. ]]
local WORKERS = 256 -- when there are more, old ones are forgotten

-- a worker was given money: it will be waited for
local function mark_worker(key, id, worker, seen, now, window)
    if id == '' or (seen and now - seen < window / 8) then
        return
    end
    if redis.call('HLEN', key) == 0 then
        redis.call('HSET', key, 'id', id, 'began', '0', 'waiting', '0')
    end
    if not seen and redis.call('HLEN', key) > WORKERS then
        for name, at in pairs(read_history(key)) do
            if string.sub(name, 1, 2) == 'o:' and now - at >= window then
                redis.call('HDEL', key, name)
            end
        end
    end
    redis.call('HSET', key, 'o:' .. worker, int(now))
end
