package terraform.plain_http_state_test

import data.terraform.plain_http_state

backend(type, arguments) := {"root": true, "backend": {"type": type, "arguments": arguments}}

test_plain if {
	count(plain_http_state.findings) == 1 with input as backend("http", {"address": "http://states.example.com/prod"})
	count(plain_http_state.findings) == 1 with input as backend("s3", {"endpoints": {"s3": "HTTP://minio.example.com"}})
	count(plain_http_state.findings) == 1 with input as backend("consul", {"address": "consul.example.com:8500", "scheme": "http"})
}

test_encrypted if {
	count(plain_http_state.findings) == 0 with input as backend("http", {"address": "https://states.example.com/prod"})
	count(plain_http_state.findings) == 0 with input as backend("s3", {"bucket": "a"})
	count(plain_http_state.findings) == 0 with input as backend("consul", {"address": "consul.example.com", "scheme": "https"})
}

test_own_machine if {
	count(plain_http_state.findings) == 0 with input as backend("http", {"address": "http://localhost:8080/state"})
	count(plain_http_state.findings) == 0 with input as backend("consul", {"address": "127.0.0.1:8500", "scheme": "http"})
}

test_not_known if {
	count(plain_http_state.undecided) == 1 with input as backend("http", {"address": {"$unknown": "dynamic", "on": "x"}})
	count(plain_http_state.findings) == 0 with input as backend("http", {"address": {"$unknown": "dynamic", "on": "x"}})
}

test_what_only_looks_like_the_same_machine if {
	count(plain_http_state.findings) == 1 with input as backend("http", {"address": "http://localhost@states.example.com/prod"})
	count(plain_http_state.findings) == 1 with input as backend("consul", {"address": "127.consul.example.com:8500", "scheme": "http"})
}
