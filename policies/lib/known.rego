# Values that cannot be told, as facts write them.
package lib.known

# Whether a value cannot be told: it is there, and only a run or another file says what it is.
is_unknown(value) if {
	is_object(value)
	value["$unknown"]
}

# Whether anything in a value cannot be told, as deep as the rules of a role are: a list of objects of lists. The machine
# that runs rules of the engine does not walk.
has_unknown(value) if is_unknown(value)

has_unknown(value) if {
	some first in value
	is_unknown(first)
}

has_unknown(value) if {
	some first in value
	some second in first
	is_unknown(second)
}

has_unknown(value) if {
	some first in value
	some second in first
	some third in second
	is_unknown(third)
}
