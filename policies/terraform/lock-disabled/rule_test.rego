package terraform.lock_disabled_test

import data.terraform.lock_disabled

command(action, flags) := {"words": [], "invocation": {"tool": "terraform", "action": action, "flags": flags}}

job(commands, variables) := {"name": "apply", "commands": commands, "variables": variables}

unlocked := [{"name": "lock", "value": "false"}]

test_apply_without_a_lock if {
	count(lock_disabled.findings) == 1 with input as job([command("apply", unlocked)], [])
	count(lock_disabled.findings) == 1 with input as job([command("state rm", unlocked)], [])
}

test_apply_with_a_lock if {
	count(lock_disabled.findings) == 0 with input as job([command("apply", [{"name": "lock", "value": "true"}])], [])
	count(lock_disabled.findings) == 0 with input as job([command("apply", [{"name": "lock-timeout", "value": "5m"}])], [])
}

test_a_plan_writes_nothing if {
	count(lock_disabled.findings) == 0 with input as job([command("plan", unlocked)], [{"name": "TF_CLI_ARGS", "value": "-lock=false"}])
}

test_a_lock_that_is_broken if {
	count(lock_disabled.findings) == 1 with input as job([command("force-unlock", [])], [])
}

test_arguments_of_the_environment if {
	count(lock_disabled.findings) == 1 with input as job([command("apply", [])], [{"name": "TF_CLI_ARGS_apply", "value": "-no-color -lock=false"}])
	count(lock_disabled.findings) == 0 with input as job([command("apply", [])], [{"name": "TF_CLI_ARGS_plan", "value": "-lock=false"}])
	count(lock_disabled.findings) == 0 with input as job([command("apply", [])], [{"name": "TF_CLI_ARGS", "value": "-lock-timeout=5m"}])
	exported := {"words": [], "assignments": [{"name": "TF_CLI_ARGS_apply", "value": "--lock=0"}]}
	count(lock_disabled.findings) == 1 with input as job([exported, command("apply", [])], [])
}
