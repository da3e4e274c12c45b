--[[ reservation.lua -- a reservation as a table, and what is about to change: nothing is written
  before write_all(). ]]
local r = {}         -- fields of the reservation, as they will be
local changed = {}   -- names of the fields to write
local move = { reserved = 0, suspense = 0, spent = 0 } -- of every budget

local function read_reservation(key)
    local flat = redis.call('HGETALL', key)
    for i = 1, #flat, 2 do
        r[flat[i]] = flat[i + 1]
    end
end

local function set(field, value)
    r[field] = value
    changed[#changed + 1] = field
end

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

-- R5: what nobody settled may have been billed, so it is not free
local function suspend_open()
    each_attempt('O', function(i)
        shift('reserved', 'suspense', tonumber(r['r' .. i]))
        set('s' .. i, 'X')
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

-- The budgets are KEYS[first + 1] and on, their ends (s, 0 = never) ARGV[ends + 1] and on.
local function check_budgets(first, n)
    for i = 1, n do
        redis.call('HLEN', KEYS[first + i])
    end
end

local function write_budgets(first, n, ends)
    for field, amount in pairs(move) do
        local text = int(amount)
        for i = 1, amount ~= 0 and n or 0 do
            local key, ends_s = KEYS[first + i], ARGV[ends + i]
            if redis.call('HINCRBY', key, field, text) == amount and ends_s ~= '0' then
                redis.call('EXPIREAT', key, ends_s) -- it may have begun to exist just now
            end
        end
    end
end

local function write_reservation(key)
    local t = {}
    for _, field in ipairs(changed) do
        t[#t + 1] = field
        t[#t + 1] = r[field]
    end
    redis.call('HSET', key, unpack(t))
end

-- the index of reservations with money in suspense
local function write_suspense(key, rid, was_in, now)
    local is_in = has_attempt('X')
    if is_in and not was_in then
        redis.call('ZADD', key, int(now), rid)
    elseif was_in and not is_in then
        redis.call('ZREM', key, rid)
    end
end

-- how long the reservation lives from now on
local function write_life(key, was, keep_us, now)
    if r.st == 'F' then
        redis.call('PEXPIREAT', key, int(math.ceil((now + keep_us) / 1000)))
    elseif was == 'F' then
        redis.call('PERSIST', key)
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
