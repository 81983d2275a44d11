//! How a connection is made: the address, and what shows who asks.

use std::path::PathBuf;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr};

use crate::log::Log;

/// A broker, and how to show who one is.
#[derive(Clone, Debug, Default)]
pub struct Broker {
    /// `nats://host:4222`, `tls://host:4222`; several with commas between them. `user:password@` or `token@` may stand
    /// before the host of one of them.
    pub server: String,
    /// A file with a JWT and its seed, as `nsc` writes it.
    pub credentials: Option<PathBuf>,
    /// A file with the seed of an `NKey`.
    pub nkey: Option<PathBuf>,
    /// The authority of the server's certificate, as PEM; the system's own where there is none.
    pub authority: Option<PathBuf>,
    /// A certificate of one's own and its key, as PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Why nothing comes through.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The runtime has no threads, or signals cannot be heard.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
    /// A file with a secret cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no connection.
    #[error("cannot connect to `{server}`: {reason}")]
    Connect {
        /// The address.
        server: String,
        /// What the broker says.
        reason: String,
    },
    /// The broker is there, and lets nobody in who shows this.
    #[error("`{server}` lets nobody in with these credentials: {reason}")]
    Denied {
        /// The address.
        server: String,
        /// What the broker says.
        reason: String,
    },
    /// The broker refuses something, or does not answer.
    #[error("the broker refuses {what}: {reason}")]
    Refused {
        /// What was asked of it.
        what: &'static str,
        /// What it says.
        reason: String,
    },
}

impl Error {
    pub(super) fn refused(what: &'static str, reason: impl ToString) -> Self {
        Self::Refused { what, reason: reason.to_string() }
    }
}

impl Broker {
    /// Connects. What is connected comes back by itself when the broker was away; `told` says so in the log.
    pub(super) async fn connect(&self, name: &str, told: bool) -> Result<Client, Error> {
        let mut options = ConnectOptions::new().name(name).subscription_capacity(1024);
        if let Some(path) = &self.credentials {
            options =
                options.credentials(&secret(path)?).map_err(|error| Error::Secret { path: path.clone(), error })?;
        }
        if let Some(path) = &self.nkey {
            options = options.nkey(secret(path)?.trim().to_owned());
        }
        if let Some(path) = &self.authority {
            options = options.add_root_certificates(path.clone()).require_tls(true);
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone()).require_tls(true);
        }
        if told {
            options = options.event_callback(|event| async move {
                match event {
                    Event::Connected => Log.info("connected", None),
                    Event::Disconnected => Log.error("disconnected", "the broker is away"),
                    Event::ServerError(error) => Log.error("the broker complains", &error.to_string()),
                    _ => {}
                }
            });
        }
        let servers: Vec<&str> = self.server.split(',').map(str::trim).collect();
        let named =
            servers.iter().filter_map(|server| server.parse::<ServerAddr>().ok()).find(ServerAddr::has_user_pass);
        match named.as_ref().map(|server| (server.username(), server.password())) {
            Some((Some(user), Some(password))) => {
                options = options.user_and_password(user.to_owned(), password.to_owned());
            }
            Some((Some(token), None)) => options = options.token(token.to_owned()),
            _ => {}
        }
        let cannot = |error: async_nats::ConnectError| {
            let (server, reason) = (self.shown(), error.to_string());
            match error.kind() {
                ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                    Error::Denied { server, reason }
                }
                _ => Error::Connect { server, reason },
            }
        };
        options.connect(servers).await.map_err(cannot)
    }

    /// The address without what may be secret in it.
    fn shown(&self) -> String {
        let bare = |server: &str| match server.rsplit_once('@') {
            Some((before, host)) => format!(
                "{}{host}",
                before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"))
            ),
            None => server.to_owned(),
        };
        self.server.split(',').map(bare).collect::<Vec<_>>().join(",")
    }
}

fn secret(path: &PathBuf) -> Result<String, Error> {
    #[expect(clippy::disallowed_methods, reason = "one's own secret, no input of a check")]
    std::fs::read_to_string(path).map_err(|error| Error::Secret { path: path.clone(), error })
}

#[cfg(test)]
mod tests {
    use super::Broker;

    #[test]
    fn an_address_is_shown_without_its_secret() {
        let shown = |server: &str| Broker { server: server.to_owned(), ..Broker::default() }.shown();
        assert_eq!(shown("nats://user:secret@a:4222,nats://b"), "nats://a:4222,nats://b");
        assert_eq!(shown("token@a"), "a");
    }
}
