--[[
haproxy-strict.lua -- lets no request through that two HTTP parsers may read differently.

HAProxy mends what it can: it joins Content-Lengths, unfolds lines, takes a bare LF for a line's end.
So this filter stands before its parser and reads the client's bytes as they come (RFC 9112, every
"MUST" as a reason to refuse). What is good is passed on at once and untouched: HAProxy does nothing
before the last line of a head is there. Instead of a bad line it gets bytes that no parser takes,
answers 400 and closes. Bodies are counted, not looked at.
]]

local LINE_MAX = 8192
local LENGTH_DIGITS = 18
local CHUNK_DIGITS = 8
-- wherever HAProxy's parser stands: CR without LF
local REFUSED = "\r\0"
local WAIT_MS = 1

local CONTROL = "[\0-\8\10-\31\127]"
local TOKEN = "[%w!#$%%&'*+%-.^_`|~]+"
local REQUEST = "^(" .. TOKEN .. ") ([!\"$-~]+) HTTP/1%.([01])$"
local FIELD = "^(" .. TOKEN .. "):[ \t]*(.-)[ \t]*$"
local CHUNK = "^(%x+)([ \t]*;?[^\0-\8\10-\31\127]*)$"

-- fields that decide where a request ends, or for whom it is: at most one of each
local unique = {
    ["host"] = function(value) return not value:find("[%s,/@\\]") end,
    ["content-length"] = function(value)
        return value:find("^%d+$") and #value <= LENGTH_DIGITS
    end,
    ["transfer-encoding"] = function(value) return value:lower() == "chunked" end,
}

local function is_target(target)
    local path = target:gsub("^https?://[^/]+/", "/"):match("^[^?]*")
    local rest = path:gsub("%%%x%x", "")
    return (path:sub(1, 1) == "/" or target == "*")
        and not rest:find("%", 1, true) -- each one begins an escape
        and not path:find("%%[01]%x") and not path:find("%%7[Ff]") -- of no control character
end

--[[
Each state takes a line without its end and returns the next state, or nothing when the line is bad;
`left` bytes of a body are then passed on before the next line.
]]
local state = {}

function state.request(self, line)
    if line == "" and not self.blank then -- RFC 9112 2.2: left by a client of old
        self.blank = true
        return state.request
    end
    local method, target, minor = line:match(REQUEST)
    self.blank = false
    self.minor = minor
    self.found = {}
    return method and is_target(target) and state.field
end

local function end_of_head(self)
    local found = self.found
    local length, coding = found["content-length"], found["transfer-encoding"]
    if self.minor == "1" and not found.host then return nil end
    if coding then
        return self.minor == "1" and not length and state.chunk
    end
    self.left = math.tointeger(length or 0)
    return state.request
end

function state.field(self, line)
    if line == "" then return end_of_head(self) end
    local name, value = line:match(FIELD)
    if not name or value:find(CONTROL) then return nil end
    name = name:lower()
    if unique[name] then
        if self.found[name] or not unique[name](value) then return nil end
        self.found[name] = value
    end
    return state.field
end

function state.chunk(self, line)
    local size, extension = line:match(CHUNK)
    if not size or #size > CHUNK_DIGITS then return nil end
    if extension ~= "" and not extension:find("^[ \t]*;") then return nil end
    self.left = tonumber(size, 16)
    return self.left == 0 and state.trailer or state.chunk_end
end

function state.chunk_end(_, line)
    return line == "" and state.chunk
end

function state.trailer(_, line)
    if line == "" then return state.request end
    local name, value = line:match(FIELD)
    if not name or value:find(CONTROL) or unique[name:lower()] then return nil end
    return state.trailer
end

local in_chunks = { [state.chunk] = true, [state.chunk_end] = true, [state.trailer] = true }

local strict = { id = "strict", flags = 0 }
strict.__index = strict

function strict:new()
    return setmetatable({ state = state.request, left = 0, blank = false, line = "" }, self)
end

function strict:start_analyze(_, channel)
    if not channel:is_resp() then filter.register_data_filter(self, channel) end
end

-- the line that ends at `stop`, or nothing when it does not end in CR LF
function strict:whole_line(data, at, stop)
    local line = self.line .. data:sub(at, stop - 1)
    self.line = ""
    return #line <= LINE_MAX and line:match("^([^\r]*)\r$")
end

-- how many bytes come before the first bad line: all of them, unless self.state is gone
function strict:read(data)
    local at = 1
    while at <= #data do
        local n = math.min(self.left, #data - at + 1)
        self.left = self.left - n
        at = at + n
        local stop = self.left == 0 and data:find("\n", at, true)
        if not stop then
            self.line = self.line .. data:sub(at)
            if #self.line <= LINE_MAX then return #data end
            self.state = nil
            return at - 1
        end
        local line = self:whole_line(data, at, stop)
        self.state = line and self.state(self, line)
        if not self.state then return at - 1 end
        at = stop + 1
    end
    return #data
end

-- The rest of a large chunked body is HAProxy's to judge: no request is read behind one (haproxy.cfg).
function strict:unseen(n)
    if in_chunks[self.state] then
        self.left = math.huge
        return n
    end
    filter.wake_time(WAIT_MS)
    return 0
end

function strict:tcp_payload(_, channel)
    local n = channel:input()
    if n == 0 then return 0 end
    if not self.state then -- nothing that follows is a request
        channel:remove()
        return 0
    end
    if self.left >= n then
        self.left = self.left - n
        return n
    end
    -- HAProxy 2.6 may show other bytes than what has come while some before it wait to be sent
    if channel:output() > 0 then return self:unseen(n) end
    local data = channel:data()
    local good = self:read(data)
    if self.state then return n end
    local instead = data:sub(1, good) .. REFUSED
    channel:remove()
    channel:append(instead)
    return #instead
end

core.register_filter("strict", strict, function(self) return self end)
