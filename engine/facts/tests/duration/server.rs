//! An OpenBao server of the test's own: started where `bao` is on the path, asked over loopback, ended with the test.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long the server may take to come up, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// The root token of the server, which keeps nothing.
const TOKEN: &str = "judge";

/// A server with an empty store in memory.
pub(crate) struct Server {
    child: Child,
    port: u16,
    home: PathBuf,
    said: Receiver<String>,
}

impl Server {
    /// Starts one and waits until it answers; `None` where there is no `bao`.
    pub(crate) fn start() -> Option<Self> {
        let port = free_port();
        let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("openbao-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let mut command = Command::new("bao");
        command.args(["server", "-dev", "-dev-no-store-token"]);
        command.arg(format!("-dev-root-token-id={TOKEN}")).arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        command.env("HOME", &home).current_dir(&home);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::remove_dir_all(&home).unwrap();
                return None;
            }
            Err(error) => panic!("`bao` cannot be started: {error}"),
        };
        let (lines, said) = mpsc::channel();
        drain(child.stdout.take().unwrap(), lines.clone());
        drain(child.stderr.take().unwrap(), lines);
        let server = Self { child, port, home, said };
        server.wait();
        Some(server)
    }

    /// Asks for its health whenever it has said something, or a while has passed.
    fn wait(&self) {
        let start = Instant::now();
        let mut log = String::new();
        while self.answer("GET", "sys/health", "").is_none_or(|(status, _)| status != 200) {
            assert!(start.elapsed() < PATIENCE, "the server does not come up:\n{log}");
            match self.said.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => log.extend([line.as_str(), "\n"]),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the server has ended:\n{log}"),
            }
        }
    }

    /// The server's answer; `None` where it refuses. An answer without content is `null`.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Option<Value> {
        let (status, text) = self.answer(method, path, body).expect("an answer");
        match status {
            200 => Some(serde_json::from_str(&text).unwrap()),
            204 => Some(Value::Null),
            400 => None,
            _ => panic!("{method} {path} {body}: {status} {text}"),
        }
    }

    /// Status and body; `None` where there is nobody to answer.
    fn answer(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(ANSWER)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /v1/{path} HTTP/1.0\r\nHost: 127.0.0.1\r\nX-Vault-Token: {TOKEN}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Also while a failed test unwinds; what cannot be ended has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// A port that is free together with the next one, which the server takes for its cluster.
fn free_port() -> u16 {
    let pair = || {
        let one = TcpListener::bind(("127.0.0.1", 0)).ok()?;
        let port = one.local_addr().ok()?.port();
        TcpListener::bind(("127.0.0.1", port.checked_add(1)?)).ok()?;
        Some(port)
    };
    (0..100).find_map(|_| pair()).expect("two free ports in a row")
}

/// Reads to the end, so that the server never waits for a reader.
fn drain(from: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
}
