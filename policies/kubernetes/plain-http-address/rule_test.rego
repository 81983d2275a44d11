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
