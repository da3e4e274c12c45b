--[[ barrier.lua -- must admissions wait, because the history is new? Includes history.lua first. ]]
-- Until when admissions must wait (us), 0: not at all; and when the worker was admitted last, if it
-- was. When everybody has come back, a quarter of the grace is enough: for those who are not known,
-- because what they did was lost as a whole.
local function barrier_until(key, id, worker, now, grace, window)
    if id == '' then
        return now + grace / 4 -- it was asked while nobody was there, and has waited for who came
    end
    local h = redis.call('HMGET', key, 'id', 'began', 'waiting', 'o:' .. worker)
    if not h[1] then
        return 0
    end
    local began, waiting = tonumber(h[2]), tonumber(h[3])
    if h[1] ~= id then
        local all = read_history(key)
        if not is_past(all, id) then
            began, waiting = now, begin_history(key, all, id, now, window)
        end
    end
    local ends = began + (waiting > 0 and grace or grace / 4)
    return now < ends and ends or 0, h[4]
end
