//! Projects on disk, and the binary run on them within bounds.

mod report;

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use report::{Checked, checked};

/// A job that changes production with nobody to start it: what is said of it must be said whatever lies beside it.
pub(crate) const FLAWED: &str = "deploy:\n  stage: deploy\n  script:\n    - terraform apply -auto-approve\n";

/// A pipeline with nothing wrong in it.
pub(crate) const QUIET: &str = "test:\n  script:\n    - make test\n";

/// The data that a run may hold, in KiB, stacks of its threads included: an upper bound of its resident memory but for
/// the binary itself. The address space says nothing, because the sandbox reserves far more than it uses.
pub(crate) const MEMORY: u32 = 128 * 1024;

/// The processor time that a run may take, in seconds.
const SECONDS: u32 = 20;

/// When a run that uses no processor time, waiting for what never comes, is given up.
const DEADLINE: Duration = Duration::from_secs(120);

/// Files in a directory that is removed with it.
#[derive(Debug)]
pub(crate) struct Project(TempDir);

impl Project {
    /// A project with these files; directories are made as needed.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: impl AsRef<OsStr>, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(Path::new(name.as_ref()));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// Runs git in it, without the user's configuration.
    pub(crate) fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(args).current_dir(self.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let output = git.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// How a run ended. Nothing of it is lossy: what is not UTF-8 fails the test.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `engine` in `dir`, with nothing of the environment. Fails on a panic, a signal, an exit code that is none of
/// the four, words on standard error without an error, and anything in the output that a terminal would obey.
pub(crate) fn engine(dir: &Path, args: &[&str]) -> Ended {
    let ended = engine_with(dir, args, &[]);
    assert_eq!(obeyed(&ended.out), None, "{args:?} printed\n{:?}", ended.out);
    assert_eq!(obeyed(&ended.err), None, "{args:?} complained\n{:?}", ended.err);
    ended
}

/// The same with variables and without a look at what it prints.
pub(crate) fn engine_with(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = bounded(MEMORY, args);
    let ended = finished(command.current_dir(dir).envs(variables.iter().copied()));
    assert!(!ended.err.contains("panicked"), "{args:?} panicked:\n{}", ended.err);
    let code = ended.code.unwrap_or_else(|| panic!("{args:?} was killed: {}", ended.err));
    assert!((0..=3).contains(&code), "{args:?} ended with {code}: {}", ended.err);
    assert_eq!(ended.err.is_empty(), code != 3, "{args:?} ended with {code} and said on standard error: {}", ended.err);
    ended
}

/// The command `engine` with these arguments, an empty environment and `memory` KiB.
pub(crate) fn bounded(memory: u32, args: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("ulimit -d {memory} && ulimit -t {SECONDS} && exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_engine")).args(args);
    // Stacks of threads are data: as many as there are processors would not fit everywhere.
    command.env_clear().env("RAYON_NUM_THREADS", "4");
    command
}

/// Where programs are found, for a run that calls git.
#[expect(clippy::disallowed_methods, reason = "programs are where the tests' own environment says")]
pub(crate) fn search_path() -> String {
    std::env::var("PATH").unwrap()
}

/// Runs `engine` in `dir` with these bytes on standard input.
pub(crate) fn engine_fed(dir: &Path, args: &[&str], input: &[u8]) -> Ended {
    let mut command = bounded(MEMORY, args);
    let spawned = command.current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    // Who is refused for its arguments reads nothing, and that is no failure of the test.
    thread::spawn(move || drop(stdin.write_all(&input)));
    ended(child)
}

/// Runs a command to its end.
pub(crate) fn finished(command: &mut Command) -> Ended {
    ended(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

fn ended(mut child: Child) -> Ended {
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let (out, err) = (text(&out, &mut child), text(&err, &mut child));
    Ended { code: child.wait().unwrap().code(), out, err }
}

fn reader(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.unwrap().read_to_end(&mut bytes).unwrap();
        // Nobody listens where the test has failed already.
        let _ = send.send(bytes);
    });
    receive
}

fn text(stream: &mpsc::Receiver<Vec<u8>>, child: &mut Child) -> String {
    let Ok(bytes) = stream.recv_timeout(DEADLINE) else {
        child.kill().unwrap();
        panic!("no end after {DEADLINE:?}");
    };
    String::from_utf8(bytes).unwrap()
}

/// The first character in `text` that a terminal would obey.
pub(crate) fn obeyed(text: &str) -> Option<char> {
    let direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().find(|c| (c.is_control() && *c != '\n') || direction(*c))
}
