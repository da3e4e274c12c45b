-- Redis' clock, microseconds since 1970. An override other than '0' is for tests only.
local function now_us(override)
    if override ~= '0' then
        return tonumber(override)
    end
    local t = redis.call('TIME')
    return t[1] * 1000000 + t[2]
end
