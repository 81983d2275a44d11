//! One rule of a program, evaluated.

use std::sync::Arc;

use regorus::rvm::RegoVM;
use regorus::rvm::program::{DeserializationResult, Program as Code};
use regorus::{Engine, Value as RegoValue};

use crate::strict::{self, Behind};
use crate::{Error, Program, Value, compile};

/// A program that is ready to be evaluated, any number of times. Copying one shares the code.
#[derive(Clone)]
pub struct Machine {
    code: Option<Arc<Code>>,
    behind: Arc<Behind>,
    engine: Option<Engine>,
    interpreted: Arc<[String]>,
    data: RegoValue,
    strict: bool,
    asks_file: bool,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("interpreted", &self.interpreted).finish_non_exhaustive()
    }
}

/// What an evaluation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// The value; undefined where no body of the rule holds.
    pub value: Value,
    /// What `print` was handed, a line each. Only interpreted rules print.
    pub prints: Vec<String>,
}

impl Machine {
    /// Makes a program ready.
    ///
    /// # Errors
    /// Where its code is of another version of the library, or what it must interpret cannot be parsed.
    pub fn new(program: &Program) -> Result<Self, Error> {
        let data = if program.data.is_empty() { RegoValue::new_object() } else { Value::from_json(&program.data)?.0 };
        let mut code = if program.code.is_empty() { None } else { Some(code(&program.code)?) };
        let noting = |code| if program.strict { strict::note(code) } else { Behind::default() };
        let behind = Arc::new(code.as_mut().map(noting).unwrap_or_default());
        let code = code.map(Arc::new);
        let engine = if program.interpreted.is_empty() { None } else { Some(engine(program, &data)?) };
        let interpreted = program.interpreted.iter().cloned().collect();
        let (strict, asks_file) = (program.strict, program.asks_file);
        Ok(Self { code, behind, engine, interpreted, data, strict, asks_file })
    }

    /// A machine for one thread, on which any number of evaluations run one after the other.
    #[must_use]
    pub fn run(&self) -> Run {
        let vm = self.code.as_ref().map(|code| {
            let mut vm = RegoVM::new();
            vm.load_program(Arc::clone(code));
            // The sandbox counts its own fuel, and a policy of the engine's own cannot loop without an end.
            vm.set_max_instructions(usize::MAX);
            vm.set_strict_builtin_errors(self.strict);
            // It fails where `data` has what a module defines, which the compiler has refused already.
            let _ = vm.set_data(self.data.clone());
            vm
        });
        let behind = self.strict.then(|| Arc::clone(&self.behind));
        let data = self.asks_file.then(|| self.data.clone());
        Run { vm, behind, engine: self.engine.clone(), interpreted: Arc::clone(&self.interpreted), data }
    }
}

/// A machine of one thread.
pub struct Run {
    vm: Option<RegoVM>,
    /// Where functions that fail end the rule: what they are.
    behind: Option<Arc<Behind>>,
    engine: Option<Engine>,
    interpreted: Arc<[String]>,
    /// What `data` holds, where rules ask which file they look at.
    data: Option<RegoValue>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("interpreted", &self.interpreted).finish_non_exhaustive()
    }
}

impl Run {
    /// What the rules that are evaluated from now on see as `input`.
    pub fn set_input(&mut self, input: &Value) {
        if let Some(vm) = &mut self.vm {
            vm.set_input(input.0.clone());
        }
        if let Some(engine) = &mut self.engine {
            engine.set_input(input.0.clone());
        }
    }

    /// What the rules that are evaluated from now on see as `data.conftest.file`, where any of them asks.
    pub(crate) fn set_file(&mut self, file: impl FnOnce() -> Value) {
        let Some(mut data) = self.data.clone() else { return };
        let file = Value::object([(Value::string("file"), file())]);
        if let Ok(data) = data.as_object_mut() {
            data.insert("conftest".into(), file.0);
        }
        // It fails where `data` has what a module defines: a package called `conftest` then has what it says itself.
        if let Some(vm) = &mut self.vm {
            let _ = vm.set_data(data.clone());
        }
        if let Some(engine) = &mut self.engine {
            engine.clear_data();
            let _ = engine.add_data(data);
        }
    }

    /// Evaluates the rule at `entry`, one of the program's.
    ///
    /// # Errors
    /// Where a built-in function fails, two bodies of a complete rule disagree, or there is no such entry.
    pub fn evaluate(&mut self, entry: &str) -> Result<Evaluated, Error> {
        if self.interpreted.iter().any(|path| path == entry) {
            let engine = self.engine.as_mut().ok_or_else(|| Error::plain("nothing is interpreted"))?;
            let value = engine.eval_rule(entry.to_owned());
            let prints = engine.take_prints().unwrap_or_default();
            let value = value.map_err(|error| Error::of(&format!("{error:#}")))?;
            return Ok(Evaluated { value: Value(value), prints });
        }
        let vm = self.vm.as_mut().ok_or_else(|| Error::plain(format!("there is no rule `{entry}`")))?;
        if let Some(behind) = &self.behind {
            behind.enter();
        }
        let value = vm.execute_entry_point_by_name(entry).map_err(|error| Error::of(&error.to_string()))?;
        if let Some(failure) = self.behind.as_ref().and_then(|_| strict::failure()) {
            return Err(Error::of(&failure));
        }
        Ok(Evaluated { value: Value(value), prints: Vec::new() })
    }
}

fn code(bytes: &[u8]) -> Result<Code, Error> {
    match Code::deserialize_binary(bytes) {
        Ok(DeserializationResult::Complete(code)) => Ok(code),
        Ok(DeserializationResult::Partial(_)) => {
            Err(Error::plain("the program was compiled by another version of the engine"))
        }
        Err(reason) => Err(Error::plain(reason)),
    }
}

fn engine(program: &Program, data: &RegoValue) -> Result<Engine, Error> {
    let mut engine = compile::engine();
    engine.set_strict_builtin_errors(program.strict);
    engine.set_gather_prints(true);
    for module in &program.sources {
        let added = engine.add_policy(module.name.clone(), module.text.clone());
        added.map_err(|error| Error::of(&format!("{error:#}")))?;
    }
    engine.add_data(data.clone()).map_err(|error| Error::of(&format!("{error:#}")))?;
    Ok(engine)
}
