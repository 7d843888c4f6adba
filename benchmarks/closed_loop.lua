-- wrk sends signed deliveries, one after another on each connection, and tells what came of it in one line of JSON.
local path = os.getenv("DELIVERIES")
local requests, next_one = {}, 0

function init(arguments)
  for line in io.lines(path) do
    local space = line:find(" ", 1, true)
    local headers = {["Content-Type"] = "application/json", ["X-Hub-Signature-256"] = line:sub(1, space - 1)}
    requests[#requests + 1] = wrk.format("POST", nil, headers, line:sub(space + 1))
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency, _)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"answers": %d, "seconds": %f, "refused": %d, "broken": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status, broken,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
