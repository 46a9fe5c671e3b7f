--[[
  Keeps a text unless a newer one is held. Safe to repeat.

  KEYS[1]  translations:{key}:{locale} (the braces are not part of it)
  ARGV[1]  how much of MongoDB's history the text knows, an integer
  ARGV[2]  the value: JSON text {"value":…,"version":…,"at":…}, `at` being ARGV[1]
  ARGV[3]  time to live in seconds

  Returns 1 when the text was kept, 0 when what is held is newer: that is left as it is, its time to live too. One that is
  as new is the same, and lives as long as if it had been written now. A value that cannot be read, or is of another
  type, is overwritten.
]]
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then
  local readable, value = pcall(cjson.decode, held)
  if readable and type(value) == 'table' and type(value.at) == 'number' and value.at > tonumber(ARGV[1]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
