-- Only who leads may write: its lease lasts by Redis' clock, and no newer leader has written in this
-- slot. What an old one sends late, after a pause or through a slow link, must do nothing.
local function leads(fence, token, until_us, now)
    return now < tonumber(until_us) and tonumber(token) >= tonumber(redis.call('GET', fence) or 0)
end

-- before the first write: whoever led before is shut out from here on
local function shut_out_older(fence, token)
    redis.call('SET', fence, token)
end
