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

-- how long the reservation lives from now on
local function write_life(key, was, keep_us, now)
    if r.st == 'F' then
        redis.call('PEXPIREAT', key, int(math.ceil((now + keep_us) / 1000)))
    elseif was == 'F' then
        redis.call('PERSIST', key)
    end
end
