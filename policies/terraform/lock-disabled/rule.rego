# METADATA
# title: A job changes a state without its lock
# description: A command of CI that changes the state of Terraform with `-lock=false`, or that breaks a lock.
# custom:
#   class: default
#   severity: high
#   practices: [A107]
#   scope: item
#   reads:
#     gitlab.job: [name, commands.*.words, commands.*.invocation, commands.*.assignments, variables]
package terraform.lock_disabled

tools := {"terraform", "tofu", "terragrunt", "gitlab-terraform", "gitlab-tofu"}

# What writes the state. A plan without a lock writes nothing, and what is applied of it later takes the lock.
writes := {"apply", "destroy", "import", "refresh", "taint", "untaint", "state mv", "state push", "state rm", "state replace-provider"}

# What Terraform adds to each command line, and to that of one command.
environment := {"TF_CLI_ARGS"} | {name | some action in writes; name := sprintf("TF_CLI_ARGS_%s", [replace(action, " ", "_")])}

off := {"false", "f", "F", "FALSE", "False", "0"}

findings contains finding if {
	some index, command in input.commands
	command.invocation.tool in tools
	command.invocation.action in writes
	some flag in command.invocation.flags
	flag.name == "lock"
	flag.value in off
	finding := {
		"message": sprintf("`%s %s` changes the state without a lock: another run may write it at the same time", [command.invocation.tool, command.invocation.action]),
		"route": ["commands", index, "words"],
		"help": "drop `-lock=false`; where a lock hinders, wait for it with `-lock-timeout`, or serialise the jobs with `resource_group`",
	}
}

findings contains finding if {
	some index, command in input.commands
	command.invocation.tool in tools
	command.invocation.action == "force-unlock"
	finding := {
		"message": sprintf("`%s force-unlock` breaks a lock that another run may hold", [command.invocation.tool]),
		"route": ["commands", index, "words"],
		"help": "look by hand who holds the lock, and break it by hand where nobody does",
	}
}

findings contains finding if {
	uses
	some index, variable in input.variables
	variable.name in environment
	disables(variable.value)
	finding := unlocked(variable.name, ["variables", index])
}

findings contains finding if {
	uses
	some at, command in input.commands
	some index, variable in command.assignments
	variable.name in environment
	disables(variable.value)
	finding := unlocked(variable.name, ["commands", at, "assignments", index])
}

unlocked(name, route) := {
	"message": sprintf("`%s` takes the lock away from what changes the state", [name]),
	"route": route,
	"help": "drop `-lock=false`; where a lock hinders, wait for it with `-lock-timeout`",
}

uses if {
	some command in input.commands
	command.invocation.tool in tools
	command.invocation.action in writes
}

disables(value) if {
	some word in split(value, " ")
	some no in off
	trim_left(word, "-") == sprintf("lock=%s", [no])
}
