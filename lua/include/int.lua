-- A number as Redis takes it: Lua's own way to print 1e15 is "1e+15".
local function int(n)
    return string.format('%.0f', n)
end
