//! A broker for a test, workers, and what they say.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ended, bounded, finished};

/// When something that should come is given up.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// Kibibytes of data that a worker may hold.
const MEMORY: u32 = 512 * 1024;

/// A broker that goes with the test, with what it keeps.
pub(crate) struct Broker {
    child: Child,
    folder: TempDir,
    port: u16,
    pub(crate) url: String,
}

impl Broker {
    /// Starts one; nothing where there is no `nats-server`. `more` stands in its configuration.
    pub(crate) fn start(more: &str) -> Option<Self> {
        if Command::new("nats-server").arg("--version").output().is_err() {
            println!("skipped: there is no nats-server");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = folder.path().join("store");
        let config = format!("listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: {store:?} }}\n{more}\n");
        std::fs::write(folder.path().join("nats.conf"), config).unwrap();
        let child = Self::spawn(folder.path(), port);
        Some(Self { child, folder, port, url: format!("nats://127.0.0.1:{port}") })
    }

    fn spawn(folder: &Path, port: u16) -> Child {
        let mut command = Command::new("nats-server");
        command.arg("--config").arg("nats.conf").current_dir(folder);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + DEADLINE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "the broker does not listen");
            thread::yield_now();
        }
        child
    }

    /// Ends it in order, so that what it keeps is whole, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.again();
    }

    /// Starts it again when it has stopped.
    pub(crate) fn again(&mut self) {
        self.child = Self::spawn(self.folder.path(), self.port);
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) {
        terminate(&self.child);
        self.child.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn terminate(child: &Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM).unwrap();
}

/// A worker that goes with the test.
pub(crate) struct Worker {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Worker {
    /// Starts one with the configuration in `dir`, and waits until it works.
    pub(crate) fn start(dir: &Path, broker: &Broker, args: &[&str]) -> Self {
        let mut worker = Self::begin(dir, &broker.url, args);
        worker.wait_for("working");
        worker
    }

    /// Starts one.
    pub(crate) fn begin(dir: &Path, url: &str, args: &[&str]) -> Self {
        let all = [&["worker", "--server", url], args].concat();
        let mut child = bounded(MEMORY, &all).current_dir(dir).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let errors = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(errors).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, log: Vec::new() }
    }

    /// Waits for a line with this message.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, message: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|error| panic!("no `{message}`: {error}, after {:#?}", self.log));
            self.log.push(line.clone());
            let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("`{line}`: {error}"));
            if value["message"] == message {
                return value;
            }
        }
    }

    /// Kills it, whatever it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop; the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        terminate(&self.child);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `engine submit` in `dir`, as the project `acme`.
pub(crate) fn submit(dir: &Path, broker: &Broker, args: &[&str]) -> Ended {
    submit_as("acme", dir, broker, args)
}

/// The same as another project.
pub(crate) fn submit_as(project: &str, dir: &Path, broker: &Broker, args: &[&str]) -> Ended {
    let all = [&["submit", "--server", &broker.url, "--project", project], args].concat();
    finished(bounded(1 << 20, &all).current_dir(dir))
}
