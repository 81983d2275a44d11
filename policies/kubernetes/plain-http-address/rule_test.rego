package kubernetes.plain_http_address_test

import data.kubernetes.plain_http_address

issuer(server) := {"kind": "Issuer", "api_version": "cert-manager.io/v1", "body": {"spec": {"vault": {"server": server}}}}

deployment(variable) := {"kind": "Deployment", "api_version": "apps/v1", "body": {"spec": {"template": {"spec": {"containers": [{"env": [variable]}]}}}}}

test_issuer if {
	count(plain_http_address.findings) == 1 with input as issuer("http://vault.example.com:8200")
	count(plain_http_address.findings) == 0 with input as issuer("https://vault.example.com:8200")
}

test_store if {
	store := {"kind": "SecretStore", "api_version": "external-secrets.io/v1", "body": {"spec": {"provider": {"vault": {"server": "http://vault"}}}}}
	count(plain_http_address.findings) == 1 with input as store
}

test_container if {
	count(plain_http_address.findings) == 1 with input as deployment({"name": "VAULT_ADDR", "value": "http://vault.vault:8200"})
	count(plain_http_address.findings) == 0 with input as deployment({"name": "VAULT_ADDR", "value": "http://127.0.0.1:8200"})
	count(plain_http_address.findings) == 0 with input as deployment({"name": "PROXY", "value": "http://proxy"})
	count(plain_http_address.findings) == 0 with input as deployment({"name": "VAULT_ADDR", "valueFrom": {}})
}

test_another_kind if {
	count(plain_http_address.findings) == 0 with input as {"kind": "Issuer", "api_version": "example.com/v1", "body": {"spec": {"vault": {"server": "http://a"}}}}
}

test_not_known if {
	count(plain_http_address.undecided) == 1 with input as issuer({"$unknown": "not-evaluated", "on": "{{ .v }}"})
	count(plain_http_address.undecided) == 1 with input as deployment({"name": "VAULT_ADDR", "value": {"$unknown": "not-evaluated", "on": "{{ .v }}"}})
	count(plain_http_address.undecided) == 0 with input as deployment({"name": "OTHER", "value": {"$unknown": "not-evaluated", "on": "{{ .v }}"}})
}

test_what_only_looks_like_the_same_machine if {
	every address in ["http://localhost@evil", "http://127.evil", "http://localhost.evil", "http://127.0.0.1.evil", "http://127.0.0.1:x@evil:80/", "http://evil/@localhost", "http://evil?@localhost", "http://evil#@127.0.0.1", "http://127.0.0", "http://[::2]"] {
		count(plain_http_address.findings) == 1 with input as issuer(address)
	}
}

test_the_same_machine if {
	every address in ["http://localhost", "http://LOCALHOST:8200/v1", "http://127.0.0.1:8200", "http://127.1.2.3/", "http://[::1]:8200/x", "http://user@localhost/"] {
		count(plain_http_address.findings) == 0 with input as issuer(address)
	}
}
