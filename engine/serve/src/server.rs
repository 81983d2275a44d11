//! The server: sockets, signals, and the end. Everything that a peer can make it hold has a limit here or in `body`.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;

use crate::app::{self, App};
use crate::body::Room;
use crate::gitlab::{GitlabOptions, Hooks};
use crate::log::Log;
use crate::metrics::{Counted, Metrics};
use crate::service::Service;
use crate::tls::{Look, Tls, TlsFiles};

/// How often the files of a certificate are looked at: whoever renews them tells nobody.
const LOOKS: Duration = Duration::from_secs(30);

/// How long a peer may take to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// The most headers of a request.
const HEADERS: usize = 100;

/// How a server listens, and how much it holds.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address; port 0 is one that is free.
    pub listen: SocketAddr,
    /// The certificate; nothing for plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Threads for sockets.
    pub threads: usize,
    /// Requests that are held at a time; more get 503.
    pub requests: usize,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Bytes of all bodies that are held at a time with what is made of them; a request beyond gets 503.
    pub held_bytes: usize,
    /// Connections at a time; more wait to be accepted.
    pub connections: usize,
    /// Time for the head of a request, and between two of them.
    pub head_time: Duration,
    /// Time for a body.
    pub body_time: Duration,
    /// Time for what is in flight when the server shall stop.
    pub drain_time: Duration,
    /// The version that reports name.
    pub version: String,
}

/// What one server is made of.
#[derive(Debug)]
pub struct Parts {
    /// The gate, and the threads that it runs on.
    pub service: Arc<Service>,
    /// The GitLab whose hooks are taken; nothing for none.
    pub gitlab: Option<GitlabOptions>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime has no threads, or signals cannot be heard.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// The certificate is wrong.
    #[error("{0}")]
    Tls(String),
    /// What was said of GitLab is wrong.
    #[error("{0}")]
    Gitlab(String),
}

/// Serves until SIGTERM or SIGINT, and then until what is in flight is answered. SIGHUP loads the gate and the
/// certificate anew.
///
/// # Errors
/// Where the server cannot start.
pub fn run(parts: Parts, options: &Options) -> Result<(), Error> {
    let metrics = Metrics::new();
    let Parts { service, gitlab } = parts;
    let hooks = gitlab.map(|gitlab| Hooks::new(gitlab, Arc::clone(&service), metrics.clone(), &options.version));
    let hooks = hooks.transpose().map_err(Error::Gitlab)?.map(Arc::new);
    let tls = options.tls.clone().map(Tls::open).transpose().map_err(Error::Tls)?.map(Arc::new);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(options.threads).enable_all().build().map_err(Error::Start)?;
    let served = runtime.block_on(serve(service, hooks, metrics, tls, options));
    runtime.shutdown_background();
    served
}

async fn serve(
    service: Arc<Service>,
    hooks: Option<Arc<Hooks>>,
    metrics: Metrics,
    tls: Option<Arc<Tls>>,
    options: &Options,
) -> Result<(), Error> {
    let hear = |kind| signal(kind).map_err(Error::Start);
    let (mut terminate, mut interrupt, mut hangup) =
        (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?, hear(SignalKind::hangup())?);
    let cannot = |error| Error::Listen { address: options.listen, error };
    let listener = TcpListener::bind(options.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let app = Arc::new(App {
        service,
        hooks: hooks.clone(),
        room: Room::new(options.requests, options.held_bytes, options.body_bytes, options.body_time),
        metrics,
        log: Log,
        version: options.version.clone(),
        draining: AtomicBool::new(false),
        count: AtomicU64::new(0),
        prefix: RandomState::new().build_hasher().finish(),
    });
    let doors = Doors {
        router: app::router(&app),
        app: Arc::clone(&app),
        tls: tls.clone(),
        head_time: options.head_time,
        graceful: GracefulShutdown::new(),
    };
    let workers = hooks.as_ref().map(Hooks::start);
    let connections = Arc::new(Semaphore::new(options.connections));
    app.log.info("listening", Some(&address.to_string()));
    let mut looks = interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let accepted = async {
            let permit = Arc::clone(&connections).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        tokio::select! {
            (permit, accepted) = accepted => match accepted {
                Ok((stream, _)) => doors.open(stream, permit),
                // No descriptors are left, say: what is open goes on, and room comes back when some of it ends.
                Err(error) => {
                    app.log.error("cannot accept a connection", &error.to_string());
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                reload(&app);
                look(&app, tls.as_ref(), true);
            }
            _ = looks.tick() => look(&app, tls.as_ref(), false),
        }
    }
    drop(listener);
    app.draining.store(true, Ordering::Relaxed);
    app.log.info("stopping", Some("what is in flight is answered first"));
    let drained = timeout(options.drain_time, async {
        doors.graceful.shutdown().await;
        if let (Some(hooks), Some(mut workers)) = (&hooks, workers) {
            hooks.close();
            while workers.join_next().await.is_some() {}
        }
    });
    match drained.await {
        Ok(()) => app.log.info("stopped", None),
        Err(_) => app.log.error("stopped", "not everything that was in flight was answered in time"),
    }
    Ok(())
}

/// Loads the gate anew, beside what goes on.
fn reload(app: &Arc<App>) {
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || {
        let loaded = app.service.reload();
        app.metrics.reloaded(loaded.is_ok());
        match loaded {
            Ok(()) => app.log.info("policies loaded", None),
            Err(said) => app.log.error("the policies that were in force stay so", &said),
        }
    });
}

/// Looks at the certificate. `asked` says that somebody wants to know.
fn look(app: &Arc<App>, tls: Option<&Arc<Tls>>, asked: bool) {
    let Some(tls) = tls.cloned() else { return };
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || match tls.look() {
        Look::Same if asked => app.log.info("the certificate is the one that was in force", None),
        Look::Same => {}
        Look::Taken => {
            app.metrics.reloaded(true);
            app.log.info("certificate loaded", None);
        }
        Look::Kept(said) => {
            app.metrics.reloaded(false);
            app.log.error("the certificate that was in force stays so", &said);
        }
    });
}

/// What a connection meets.
struct Doors {
    router: Router,
    app: Arc<App>,
    tls: Option<Arc<Tls>>,
    head_time: Duration,
    graceful: GracefulShutdown,
}

impl Doors {
    /// Serves a connection beside all others.
    fn open(&self, stream: TcpStream, permit: impl Send + 'static) {
        // Answers are small, and each is awaited.
        let _ = stream.set_nodelay(true);
        let (router, head_time, watcher) = (self.router.clone(), self.head_time, self.graceful.watcher());
        let counted = self.app.metrics.connected();
        let app = Arc::clone(&self.app);
        let tls = self.tls.as_ref().map(|tls| tls.config());
        tokio::spawn(async move {
            let _held: (_, Counted) = (permit, counted);
            let served = match tls {
                None => converse(stream, router, head_time, watcher).await,
                Some(config) => match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, router, head_time, watcher).await,
                    _ => false,
                },
            };
            if !served {
                app.metrics.refused();
            }
        });
    }
}

/// Requests and answers until one side has had enough; whether the peer spoke HTTP to the end.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    head_time: Duration,
    watcher: Watcher,
) -> bool {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_time).max_buf_size(HEAD_BYTES).max_headers(HEADERS);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    watcher.watch(connection).await.is_ok()
}
