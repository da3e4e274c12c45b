--[[ gcra.lua -- a rate per minute as a leaky bucket: GCRA in its other form (ITU-T I.371, annex A).

  A cell is the text "LEVEL AT": how full the bucket was at AT (us since 1970), counted in
  60,000,000ths of a request or token. So it drains by exactly `limit` each microsecond and nothing
  is ever rounded; it is full at limit * 60,000,000, a whole minute's worth, and never more than full:
  a vendor may count more than it was trusted with, and a limit may be lowered. ]]
local MINUTE = 60000000

local function gcra_level(cell, limit, now)
    if not cell then
        return 0
    end
    local level, at = string.match(cell, '^(%d+) (%d+)$')
    return math.max(0, math.min(level, limit * MINUTE) - math.max(0, now - at) * limit)
end

-- the cell goes when it is empty
local function gcra_write(key, level, limit, now)
    level = math.min(level, limit * MINUTE)
    local empty_ms = math.ceil((now + level / limit) / 1000) + 1
    redis.call('SET', key, string.format('%d %d', level, now), 'PXAT', int(empty_ms))
end
