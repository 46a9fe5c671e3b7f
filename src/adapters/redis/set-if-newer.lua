--[[
  Keeps a balance unless a newer one, or the same, is held, and tells the channel of the key's name. Safe to repeat.

  KEYS[1]  cache:{merchant_id}:{customer_id}:points (the braces are not part of it)
  ARGV[1]  sequence of the balance
  ARGV[2]  the value: JSON text {"balance":…,"sequence":…}
  ARGV[3]  time to live in seconds

  Returns 1 when the balance was kept, and publishes the value then; 0 when what is held is as new or newer: that is left
  as it is, its time to live too. A value that cannot be read, or is of another type, is overwritten.
]]
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then
  local readable, value = pcall(cjson.decode, held)
  if readable and type(value) == 'table' and type(value.sequence) == 'number'
    and value.sequence >= tonumber(ARGV[1]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
-- Whoever may not publish still keeps balances: who watches them reads them again now and then.
redis.pcall('PUBLISH', KEYS[1], ARGV[2])
return 1
