--[[ ending.lua -- how a request ends: its attempts, its records, what is left of it. Includes
     reservation.lua first. ]]
local function shift(from, to, amount)
    move[from] = move[from] - amount
    move[to] = move[to] + amount
end

local function each_attempt(state, fn)
    for i = 1, tonumber(r.n or 0) do
        if r['s' .. i] == state then
            fn(i)
        end
    end
end

local function has_attempt(state)
    local found = false
    each_attempt(state, function() found = true end)
    return found
end

-- Each attempt knows since when: records that are complete until a time say nothing of a later one.
local function suspend(i, now)
    set('s' .. i, 'X')
    set('x' .. i, int(now))
end

-- R5: what nobody settled may have been billed, so it is not free
local function suspend_open(now)
    each_attempt('O', function(i)
        shift('reserved', 'suspense', tonumber(r['r' .. i]))
        suspend(i, now)
    end)
end

-- a request that is over: X while money of it is in suspense, else F
local function close()
    set('st', has_attempt('X') and 'X' or 'F')
end

-- How long a finished reservation is kept: one that was charged by estimate can be corrected for
-- longer, and one that was admitted without Redis is settled whenever Redis is back.
local function kept_us(tombstone_us, estimate_us)
    for i = 1, tonumber(r.n or 0) do
        if r['e' .. i] == '1' or r['f' .. i] then
            return estimate_us
        end
    end
    return tombstone_us
end

-- the index of reservations with money in suspense, by when the first of it went there
local function write_suspense(key, rid, was_in, now)
    local is_in = has_attempt('X')
    if is_in and not was_in then
        redis.call('ZADD', key, int(now), rid)
    elseif was_in and not is_in then
        redis.call('ZREM', key, rid)
    end
end

-- The records are KEYS[first + 1] and on: one request less in flight. One that was deleted
-- meanwhile is left alone. A slice of escrow (escrow_hold.lua) is no request.
local function read_live(first, n)
    local live = {}
    for i = 1, r.slice and 0 or n do
        live[i] = tonumber(redis.call('HGET', KEYS[first + i], 'live') or 0)
    end
    return live
end

local function leave(first, live)
    for i = 1, #live do
        if live[i] > 0 then
            redis.call('HINCRBY', KEYS[first + i], 'live', '-1')
        end
    end
end
