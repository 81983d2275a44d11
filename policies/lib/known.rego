# Values that cannot be told, as facts write them.
package lib.known

# Whether a value cannot be told: it is there, and only a run or another file says what it is.
is_unknown(value) if {
	is_object(value)
	value["$unknown"]
}
