-- Run by wrk: POSTs one body, and tells at the end what happened as one line of JSON.
wrk.method = "POST"
wrk.body = os.getenv("ALMONER_BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("ALMONER_BENCH_TOKEN")

function done(summary)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "bytes": %d, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
