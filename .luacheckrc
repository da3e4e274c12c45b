-- For the scripts with their includes resolved: build-aux/embed-lua --flat lua/admit.lua | luacheck -
std = "lua51"
read_globals = { "redis", "KEYS", "ARGV" }
max_line_length = 110
