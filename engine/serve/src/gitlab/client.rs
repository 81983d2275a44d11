//! Requests to the one GitLab that was configured: connections to addresses that may be reached, limits of size and time,
//! and no redirect is followed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::network::Networks;
use crate::metrics::Metrics;

/// Time to come to a connection, its key agreed on.
const CONNECT: Duration = Duration::from_secs(10);

/// Time for one answer, whole.
const ANSWER: Duration = Duration::from_secs(60);

/// How often a request is sent again whose answer says that it may be.
const AGAIN: u32 = 4;

/// The first wait before it is; each further one is twice as long.
const WAIT: Duration = Duration::from_millis(200);

/// The longest wait that a server can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How many connections are kept for the next request.
const IDLE: usize = 8;

/// Why there is no answer. Each is one sentence, lower case, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The host is at no address that may be reached: nothing was tried.
    #[error("GitLab is at an address of an internal network, and nobody allowed that one")]
    Internal,
    /// There is no connection, or it broke.
    #[error("GitLab cannot be reached: {0}")]
    Unreachable(String),
    /// The answer is larger than it may be.
    #[error("GitLab's answer is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// GitLab refuses.
    #[error("GitLab answers with the status {0}")]
    Status(u16),
    /// The answer is not what the documentation says.
    #[error("GitLab's answer cannot be read: {0}")]
    Unread(String),
}

impl Failure {
    /// Whether GitLab says that there is no such thing, or not for this token.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Status(401 | 403 | 404))
    }
}

/// Host and port of an address in lower case, without the port that goes without saying; nothing where it has no host, or
/// a user before it.
pub(crate) fn plain(address: &Uri) -> Option<String> {
    let authority = address.authority()?.as_str().to_ascii_lowercase();
    let usual = match address.scheme_str() {
        Some("http") => ":80",
        _ => ":443",
    };
    let plain = authority.strip_suffix(usual).unwrap_or(&authority);
    (!plain.is_empty() && !plain.contains('@')).then(|| plain.to_owned())
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A way to one server.
pub(crate) struct Client {
    /// Host and port as addresses write them.
    authority: String,
    /// The host, for the resolver.
    host: String,
    port: u16,
    /// What every path begins with.
    prefix: String,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    token: HeaderValue,
    agent: HeaderValue,
    networks: Networks,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    metrics: Metrics,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the GitLab at `url`: `https://git.example.com`, with a path where it is not at the top.
    ///
    /// # Errors
    /// One sentence where the address, the token or the authorities are none.
    pub(crate) fn new(
        url: &str,
        token: &str,
        tls: impl FnOnce() -> Result<Arc<ClientConfig>, String>,
        networks: Networks,
        version: &str,
        metrics: Metrics,
    ) -> Result<Self, String> {
        let wrong = || format!("`{url}` is no address of a GitLab: `https://git.example.com`");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let (tls, port) = match uri.scheme_str() {
            Some("https") => {
                let name = ServerName::try_from(host.clone()).map_err(|_| wrong())?;
                (Some((tls()?, name)), 443)
            }
            Some("http") => (None, 80),
            _ => return Err(wrong()),
        };
        if uri.query().is_some() || host.is_empty() {
            return Err(wrong());
        }
        let mut secret = HeaderValue::from_str(token.trim()).map_err(|_| "the token is no header".to_owned())?;
        if secret.is_empty() {
            return Err("the token is empty".to_owned());
        }
        secret.set_sensitive(true);
        let agent = HeaderValue::from_str(&format!("engine/{version}")).map_err(|error| error.to_string())?;
        Ok(Self {
            authority: plain(&uri).unwrap_or_default(),
            port: authority.port_u16().unwrap_or(port),
            prefix: format!("{}/api/v4", uri.path().trim_end_matches('/')),
            host,
            tls,
            token: secret,
            agent,
            networks,
            idle: Mutex::default(),
            metrics,
        })
    }

    /// Host and port of this GitLab, as [`plain`] writes them.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Gets a path below the API. The answer has at most `limit` bytes.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn get(&self, path: &str, limit: usize) -> Result<Answer, Failure> {
        self.asked(Method::GET, path, None, limit, true).await
    }

    /// Sends JSON to a path below the API. `repeatable` says that it may arrive twice.
    ///
    /// # Errors
    /// Why it did not arrive, as far as is known.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        json: String,
        repeatable: bool,
    ) -> Result<Answer, Failure> {
        self.asked(method, path, Some(json), 1 << 20, repeatable).await
    }

    /// Asks, and again where the answer says that it may come another time.
    async fn asked(
        &self,
        method: Method,
        path: &str,
        json: Option<String>,
        limit: usize,
        repeatable: bool,
    ) -> Result<Answer, Failure> {
        let mut wait = WAIT;
        let mut count = 0;
        loop {
            let asked = timeout(ANSWER, self.once(&method, path, json.clone(), limit)).await;
            let (failure, asks) =
                match asked.unwrap_or_else(|_| Err((Failure::Unreachable("it took too long".to_owned()), None))) {
                    Ok(answer) => return Ok(answer),
                    Err(failed) => failed,
                };
            let again = match &failure {
                // It was not taken: GitLab was busy with another change of the same, or has had too many.
                Failure::Status(409 | 429) => true,
                // What was sent and not answered may have been done.
                Failure::Status(500..) | Failure::Unreachable(_) => repeatable,
                _ => false,
            };
            count += 1;
            if !again || count == AGAIN {
                return Err(failure);
            }
            sleep(asks.unwrap_or(wait).min(LONGEST_WAIT)).await;
            wait = wait.saturating_mul(2);
        }
    }

    /// Asks once; with a failure, how long to wait where the answer says so.
    async fn once(
        &self,
        method: &Method,
        path: &str,
        json: Option<String>,
        limit: usize,
    ) -> Result<Answer, (Failure, Option<Duration>)> {
        let plain = |failure| (failure, None);
        let mut sender = self.connection().await.map_err(plain)?;
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", self.prefix))
            .header(header::HOST, &self.authority)
            .header(header::USER_AGENT, &self.agent)
            .header("private-token", &self.token);
        if json.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(json.unwrap_or_default()));
        let request = request.body(body).map_err(|error| plain(Failure::Unread(error.to_string())))?;
        let broke = |error: hyper::Error| plain(Failure::Unreachable(error.to_string()));
        let response = sender.send_request(request).await.map_err(broke)?;
        let (head, body) = response.into_parts();
        self.metrics.gitlab_answered(head.status.as_u16());
        let whole = Limited::new(body, limit).collect().await;
        let body = whole.map(http_body_util::Collected::to_bytes).map_err(|error| {
            let too_large = error.is::<http_body_util::LengthLimitError>();
            plain(if too_large { Failure::TooLarge(limit) } else { Failure::Unreachable(error.to_string()) })
        });
        if !head.status.is_success() {
            let seconds = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            return Err((Failure::Status(head.status.as_u16()), seconds.map(Duration::from_secs)));
        }
        let body = body?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(sender);
        }
        Ok(Answer { headers: head.headers, body })
    }

    /// A connection that takes a request: one that was used before, or another.
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        loop {
            let used = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut used) = used else { break };
            if used.ready().await.is_ok() {
                return Ok(used);
            }
        }
        let connected = timeout(CONNECT, self.connect()).await;
        connected.unwrap_or_else(|_| Err(Failure::Unreachable("no connection came about in time".to_owned())))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let unreachable = |error: std::io::Error| Failure::Unreachable(error.to_string());
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(unreachable)?;
        // The name is resolved once, and what is connected to is an address that was looked at. Without TLS nobody
        // proves who they are: only a network that somebody named will do.
        let may = |address: &SocketAddr| match self.tls {
            Some(_) => self.networks.allow(address.ip()),
            None => self.networks.names(address.ip()),
        };
        let addresses: Vec<SocketAddr> = found.filter(may).collect();
        let mut last = Failure::Internal;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return self.greet(stream).await,
                Err(error) => last = unreachable(error),
            }
        }
        Err(last)
    }

    async fn greet(&self, stream: TcpStream) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => spoken(stream).await,
            Some((config, name)) => {
                let stream = TlsConnector::from(Arc::clone(config)).connect(name.clone(), stream).await;
                spoken(stream.map_err(|error| Failure::Unreachable(error.to_string()))?).await
            }
        }
    }
}

async fn spoken(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = shaken.map_err(|error| Failure::Unreachable(error.to_string()))?;
    // It ends with its sender, or with the other side.
    tokio::spawn(connection);
    Ok(sender)
}
