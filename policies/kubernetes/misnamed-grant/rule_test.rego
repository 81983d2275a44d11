package kubernetes.misnamed_grant_test

import data.kubernetes.misnamed_grant

role(rule) := {"kind": "Role", "name": "signer", "body": {"rules": [rule]}}

rule(groups, resources, verbs) := role({"apiGroups": groups, "resources": resources, "verbs": verbs})

test_a_verb_of_http if {
	count(misnamed_grant.findings) == 1 with input as rule(["cert-manager.io"], ["certificaterequests"], ["get", "post"])
}

test_one_instead_of_all if {
	some finding in misnamed_grant.findings with input as rule(["cert-manager.io"], ["certificaterequest/status"], ["get"])
	contains(finding.message, "`certificaterequests/status`")
}

test_capital_letters if {
	count(misnamed_grant.findings) == 2 with input as rule([""], ["Pods"], ["GET"])
}

test_names_that_there_are if {
	count(misnamed_grant.findings) == 0 with input as rule(["", "apps"], ["pods/log", "deployments"], ["get", "list", "watch", "bind", "*"])
}

test_groups_of_others if {
	count(misnamed_grant.findings) == 0 with input as rule(["example.com"], ["order"], ["read"])
	count(misnamed_grant.findings) == 0 with input as rule(["*"], ["order"], ["read"])
	count(misnamed_grant.findings) == 0 with input as role({"apiGroups": [], "resources": ["order"], "verbs": ["read"]})
}

test_addresses_have_verbs_of_http if {
	count(misnamed_grant.findings) == 0 with input as role({"apiGroups": [""], "nonResourceURLs": ["/metrics"], "verbs": ["post"]})
}
