-- A number as Redis takes it: Lua's own way to print 1e15 is "1e+15". ('%d' is a C long here, 64 bits
-- wide, and four times as fast as '%.0f'.)
local function int(n)
    return string.format('%d', n)
end
