//! The certificate that a server shows: two files, read when it starts and whenever they have changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};

/// Where a certificate and its key are, as PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, and those between it and an authority behind it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The certificate that is in force.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    config: RwLock<Arc<ServerConfig>>,
    /// What the files held when they were last looked at, whether they were good or not.
    seen: Mutex<[u8; 32]>,
}

/// What a look at the files came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// They are as they were.
    Same,
    /// They are in force.
    Taken,
    /// They are wrong, one sentence; what was in force still is.
    Kept(String),
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// One sentence where they are no certificate and its key.
    pub(crate) fn open(files: TlsFiles) -> Result<Self, String> {
        let (config, seen) = read(&files);
        Ok(Self { files, config: RwLock::new(config?), seen: Mutex::new(seen) })
    }

    /// What connections are made with.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files again, and takes them where they are good. Only those that have changed are told.
    pub(crate) fn look(&self) -> Look {
        let (config, now) = read(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return Look::Same;
        }
        *seen = now;
        match config {
            Ok(config) => {
                *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                Look::Taken
            }
            Err(said) => Look::Kept(said),
        }
    }
}

/// What the files come to, and a digest of what they hold.
fn read(files: &TlsFiles) -> (Result<Arc<ServerConfig>, String>, [u8; 32]) {
    let (certificate, key) = (bytes(&files.certificate), bytes(&files.key));
    let mut digest = Sha256::new();
    for file in [&certificate, &key] {
        match file {
            Ok(bytes) => digest.update(Sha256::digest(bytes)),
            Err(said) => digest.update(said),
        }
    }
    let config = certificate.and_then(|certificate| config(files, &certificate, &key?));
    (config, digest.finalize().into())
}

fn config(files: &TlsFiles, certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, String> {
    let shown = files.certificate.display();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("`{shown}` is no PEM: {error}"))?;
    if chain.is_empty() {
        return Err(format!("`{shown}` holds no certificate"));
    }
    // What a key file holds is in no message.
    let key =
        PrivateKeyDer::from_pem_slice(key).map_err(|_| format!("`{}` holds no private key", files.key.display()))?;
    let wrong = |error: rustls::Error| format!("`{shown}` and `{}` do not go together: {error}", files.key.display());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(wrong)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    #[expect(clippy::disallowed_methods, reason = "the server's own key, no input of a check")]
    std::fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}
