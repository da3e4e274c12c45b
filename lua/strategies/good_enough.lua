-- good_enough.lua -- the cheapest of those that are nearly as good as the best one here.
--
-- What an expression cannot say: it looks at all candidates before it scores one.

local NEARLY = 0.03
local NEARLY_CODE = 0.01 -- a wrong character is a wrong answer

local function best_quality(candidates)
  local best = 0
  for _, candidate in ipairs(candidates) do
    best = math.max(best, candidate.quality)
  end
  return best
end

function score(request, candidates)
  local least = best_quality(candidates) - (request.code and NEARLY_CODE or NEARLY)
  local scores = {}
  for i, candidate in ipairs(candidates) do
    if candidate.quality >= least then
      scores[i] = -candidate.cost
    end
  end
  return scores -- without a score a candidate is left out
end
