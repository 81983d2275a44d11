//! Operators that are given what they cannot work on.
//!
//! The library's machine takes `1 / 0`, `"a" - 1` and `"a" < 1` for a line that does not hold, so that a rule which
//! cannot be computed would look like one that finds nothing. In a program whose functions must not fail, operators are
//! therefore called as functions: their failure is noted like that of any other.

use anyhow::{Result, bail};
use regorus::Value;
use regorus::rvm::Instruction;
use regorus::rvm::instructions::BuiltinCallParams;
use regorus::rvm::program::{BuiltinInfo, Program};
use regorus::unstable::BuiltinFcn;

use crate::answer;
use crate::strict::Function;

/// How many operands one has.
const OPERANDS: u8 = 2;

type Operands<'v> = (&'v Value, &'v Value);

/// An operator of its own name.
struct Operator {
    sign: &'static str,
    call: Function,
}

const OPERATORS: [Operator; 9] = [
    Operator { sign: "+", call: |_, _, given, _| add(pair(given)?) },
    Operator { sign: "-", call: |_, _, given, _| subtract(pair(given)?) },
    Operator { sign: "*", call: |_, _, given, _| multiply(pair(given)?) },
    Operator { sign: "/", call: |_, _, given, _| divide(pair(given)?) },
    Operator { sign: "%", call: |_, _, given, _| remainder(pair(given)?) },
    Operator { sign: "<", call: |_, _, given, _| compare("<", pair(given)?, |a, b| a < b) },
    Operator { sign: "<=", call: |_, _, given, _| compare("<=", pair(given)?, |a, b| a <= b) },
    Operator { sign: ">", call: |_, _, given, _| compare(">", pair(given)?, |a, b| a > b) },
    Operator { sign: ">=", call: |_, _, given, _| compare(">=", pair(given)?, |a, b| a >= b) },
];

/// Makes calls of the operators in a program. Where it has more of them than its tables hold, the rest stay as they are.
pub(crate) fn call(program: &mut Program) {
    let first = program.resolved_builtins.len();
    let Ok(base) = u16::try_from(first) else { return };
    let calls = &mut program.instruction_data.builtin_call_params;
    for instruction in &mut program.instructions {
        let Some((position, dest, left, right)) = operands(instruction) else { continue };
        let Ok(params_index) = u16::try_from(calls.len()) else { break };
        let builtin_index = base.saturating_add(position);
        calls.push(BuiltinCallParams {
            dest,
            builtin_index,
            num_args: OPERANDS,
            args: [left, right, 0, 0, 0, 0, 0, 0],
        });
        *instruction = Instruction::BuiltinCall { params_index };
    }
    program.resolved_builtins.extend(OPERATORS.iter().map(|operator| -> BuiltinFcn { (operator.call, OPERANDS) }));
    program.builtin_info_table.extend(
        OPERATORS.iter().map(|operator| BuiltinInfo { name: operator.sign.to_owned(), num_args: OPERANDS.into() }),
    );
}

/// The operator of an instruction as a position in [`OPERATORS`], where its result goes and where its operands are.
fn operands(instruction: &Instruction) -> Option<(u16, u8, u8, u8)> {
    use Instruction::{Add, Div, Ge, Gt, Le, Lt, Mod, Mul, Sub};
    let (position, (dest, left, right)) = match *instruction {
        Add { dest, left, right } => (0, (dest, left, right)),
        Sub { dest, left, right } => (1, (dest, left, right)),
        Mul { dest, left, right } => (2, (dest, left, right)),
        Div { dest, left, right } => (3, (dest, left, right)),
        Mod { dest, left, right } => (4, (dest, left, right)),
        Lt { dest, left, right } => (5, (dest, left, right)),
        Le { dest, left, right } => (6, (dest, left, right)),
        Gt { dest, left, right } => (7, (dest, left, right)),
        Ge { dest, left, right } => (8, (dest, left, right)),
        _ => return None,
    };
    Some((position, dest, left, right))
}

fn pair(given: &[Value]) -> Result<Operands<'_>> {
    match given {
        [left, right] => Ok((left, right)),
        _ => bail!("an operator has {OPERANDS} operands"),
    }
}

fn add(given: Operands<'_>) -> Result<Value> {
    match given {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(left.add(right)?)),
        given => bail!(refusal("+", given)),
    }
}

fn subtract(given: Operands<'_>) -> Result<Value> {
    match given {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(left.sub(right)?)),
        (Value::Set(left), Value::Set(right)) => Ok(Value::from(left.difference(right))),
        given => bail!(refusal("-", given)),
    }
}

fn multiply(given: Operands<'_>) -> Result<Value> {
    match given {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(left.mul(right)?)),
        given => bail!(refusal("*", given)),
    }
}

fn divide(given: Operands<'_>) -> Result<Value> {
    match given {
        (Value::Number(_), right) if is_zero(right) => bail!("a number is divided by zero"),
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(left.clone().divide(right)?)),
        given => bail!(refusal("/", given)),
    }
}

fn remainder(given: Operands<'_>) -> Result<Value> {
    match given {
        (Value::Number(_), right) if is_zero(right) => bail!("a number is divided by zero"),
        (Value::Number(left), Value::Number(right)) if left.is_integer() && right.is_integer() => {
            Ok(Value::Number(left.clone().modulo(right)?))
        }
        given => bail!(refusal("%", given)),
    }
}

fn compare(sign: &str, given: Operands<'_>, holds: fn(&Value, &Value) -> bool) -> Result<Value> {
    let (left, right) = given;
    if std::mem::discriminant(left) != std::mem::discriminant(right) {
        bail!(refusal(sign, given));
    }
    Ok(Value::Bool(holds(left, right)))
}

fn is_zero(value: &Value) -> bool {
    *value == Value::from(0_u64)
}

fn refusal(sign: &str, (left, right): Operands<'_>) -> String {
    format!("`{sign}` is given {} and {}", answer::kind(left), answer::kind(right))
}
