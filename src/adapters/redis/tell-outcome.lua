--[[
  Keeps what became of a request and tells it to those who listen, unless the same or a more final outcome is held. Safe to
  repeat, and to be run late: a redemption that has ended is never pending again.

  KEYS[1]  outcome:{merchant_id}:{event_id} (the braces are not part of it); the channel has the same name
  ARGV[1]  the outcome: JSON text
  ARGV[2]  time to live in seconds

  Returns 1 when the outcome was kept and told, 0 when what is held was left as it is, its time to live too. A value that
  cannot be read, or is of another type, is overwritten.
]]

-- A refusal gives way to anything: what was refused may be sent again, and then come through.
local function finality(text)
  local readable, outcome = pcall(cjson.decode, text)
  if not readable or type(outcome) ~= 'table' or not outcome.kind then return -1 end
  if outcome.kind == 'refusal' then return 0 end
  if outcome.status == 'pending' then return 1 end
  return 2
end

local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' and finality(held) >= finality(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('PUBLISH', KEYS[1], ARGV[1])
return 1
