-- What wrk sends: the review of a small role, as an API server sends it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = assert(io.open("benches/serve/review.json"))
wrk.body = file:read("*a")
file:close()
