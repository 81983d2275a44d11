//! Who sent a hook: the plain token of a project's webhook, or the signature of the kind that Standard Webhooks describes
//! (GitLab's documentation, "Webhooks"). Both are compared in a time that says nothing, before anything is parsed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac::{self, HMAC_SHA256, Key};
use ring::rand::SystemRandom;

/// How far the clock of who signs may be from ours, in seconds.
const TOLERANCE: u64 = 300;

/// How many ids of hooks are remembered; a server that is sent more in [`TOLERANCE`] takes no more of them.
const REMEMBERED: usize = 100_000;

/// The longest id of a hook, in bytes.
const MAX_ID: usize = 256;

/// What a signing secret begins with.
const SIGNING: &str = "whsec_";

/// The shortest secret token, in bytes: a shorter one is guessed.
const SHORTEST_TOKEN: usize = 16;

/// The shortest key of signatures, in bytes: as Standard Webhooks has it.
const SHORTEST_KEY: usize = 24;

/// Why a hook is taken for somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is neither token nor signature, or not of the kind that is expected.
    Missing,
    /// None of the secrets is meant.
    Wrong,
    /// It was signed too long ago, or will be.
    Old,
    /// It was here before.
    Replayed,
    /// More ids came than are remembered.
    Full,
}

impl Refusal {
    /// One sentence, lower case, no full stop.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "the hook has no token or signature of the kind that is expected here",
            Self::Wrong => "the token or the signature of the hook is wrong",
            Self::Old => "the hook was signed too long ago, or the clocks disagree",
            Self::Replayed => "this hook was here before",
            Self::Full => "more hooks came than are remembered",
        }
    }
}

/// A secret that hooks are known by.
enum Secret {
    /// The text of `X-Gitlab-Token`, as its digest under a key of ours.
    Plain(hmac::Tag),
    /// The key of signatures.
    Signing(Key),
}

/// The secrets of hooks, and the signed ones that were here.
pub(crate) struct Signatures {
    secrets: Vec<Secret>,
    /// A key that nobody knows: digests under it are compared in place of tokens.
    own: Key,
    /// When a hook of this id was taken, in seconds.
    taken: Mutex<BTreeMap<String, u64>>,
}

impl std::fmt::Debug for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signatures").finish_non_exhaustive()
    }
}

impl Signatures {
    /// The secrets of a text, one a line: what begins with `whsec_` signs, anything else is a plain token.
    ///
    /// # Errors
    /// One sentence where there is none, or one cannot be read.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let own = Key::generate(HMAC_SHA256, &SystemRandom::new());
        let own = own.map_err(|_| "there is no randomness to be had".to_owned())?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let secret = |line: &str| match line.strip_prefix(SIGNING) {
            None if line.len() < SHORTEST_TOKEN => {
                Err(format!("a secret token has at least {SHORTEST_TOKEN} characters"))
            }
            None => Ok(Secret::Plain(hmac::sign(&own, line.as_bytes()))),
            Some(key) => match STANDARD.decode(key) {
                Ok(key) if key.len() >= SHORTEST_KEY => Ok(Secret::Signing(Key::new(HMAC_SHA256, &key))),
                _ => Err(format!("a signing secret is `whsec_` and at least {SHORTEST_KEY} bytes in base64 behind it")),
            },
        };
        let secrets: Vec<Secret> = lines.map(secret).collect::<Result<_, _>>()?;
        if secrets.is_empty() {
            return Err("it holds no secret".to_owned());
        }
        Ok(Self { secrets, own, taken: Mutex::default() })
    }

    /// Whether GitLab sent this body, `now` in seconds. The id of a signed hook is returned, and remembered: it does not
    /// come again, unless [`Self::forget`] says that it may.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn verify(&self, headers: &HeaderMap, body: &[u8], now: u64) -> Result<Option<String>, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let signs = self.secrets.iter().any(|secret| matches!(secret, Secret::Signing(_)));
        match (text("webhook-signature"), text("x-gitlab-token")) {
            (Some(signatures), _) if signs => {
                let (Some(id), Some(stamp)) = (text("webhook-id"), text("webhook-timestamp")) else {
                    return Err(Refusal::Missing);
                };
                self.signed(id, stamp, signatures, body, now).map(Some)
            }
            (_, Some(token)) => {
                let is = |secret: &&Secret| match secret {
                    Secret::Plain(tag) => hmac::verify(&self.own, token.as_bytes(), tag.as_ref()).is_ok(),
                    Secret::Signing(_) => false,
                };
                // Every one is looked at, so that the time does not tell which.
                if self.secrets.iter().filter(is).count() > 0 { Ok(None) } else { Err(Refusal::Wrong) }
            }
            _ => Err(Refusal::Missing),
        }
    }

    fn signed(&self, id: &str, stamp: &str, signatures: &str, body: &[u8], now: u64) -> Result<String, Refusal> {
        let content = [id.as_bytes(), b".", stamp.as_bytes(), b".", body].concat();
        let given = signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
        let given: Vec<Vec<u8>> = given.take(8).collect();
        let is = |secret: &&Secret| match secret {
            Secret::Signing(key) => given.iter().any(|tag| hmac::verify(key, &content, tag).is_ok()),
            Secret::Plain(_) => false,
        };
        if id.is_empty() || id.len() > MAX_ID || self.secrets.iter().filter(is).count() == 0 {
            return Err(Refusal::Wrong);
        }
        let stamp: u64 = stamp.parse().map_err(|_| Refusal::Wrong)?;
        if stamp.abs_diff(now) > TOLERANCE {
            return Err(Refusal::Old);
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // A hook from before is too old by now.
        taken.retain(|_, at| at.abs_diff(now) <= TOLERANCE.saturating_mul(2));
        match (taken.contains_key(id), taken.len() < REMEMBERED) {
            (true, _) => Err(Refusal::Replayed),
            (false, false) => Err(Refusal::Full),
            (false, true) => {
                taken.insert(id.to_owned(), now);
                Ok(id.to_owned())
            }
        }
    }

    /// Forgets a hook that was sent away for want of room: it may come again.
    pub(crate) fn forget(&self, id: &str) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ring::hmac::{self, HMAC_SHA256, Key};

    use super::{Refusal, Signatures};

    const NOW: u64 = 1_800_000_000;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn sign(key: &[u8], id: &str, stamp: u64, body: &str) -> String {
        let tag = hmac::sign(&Key::new(HMAC_SHA256, key), format!("{id}.{stamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }

    #[test]
    fn a_plain_token_is_one_of_those_that_are_known() {
        let known = Signatures::new("first-0123456789\n\n second-0123456789 \n").unwrap();
        let check = |token: &str, expect: Result<Option<String>, Refusal>| {
            assert_eq!(known.verify(&headers(&[("x-gitlab-token", token)]), b"x", NOW), expect, "{token}");
        };
        check("first-0123456789", Ok(None));
        check("second-0123456789", Ok(None));
        check("third-0123456789", Err(Refusal::Wrong));
        check("", Err(Refusal::Wrong));
        assert_eq!(known.verify(&headers(&[]), b"x", NOW), Err(Refusal::Missing));
        for wrong in [" \n", "whsec_*", "whsec_AAAA", "short"] {
            assert!(Signatures::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_signature_is_of_this_body_this_id_and_now() {
        let key = [7_u8; 32];
        let known = Signatures::new(&format!("whsec_{}\n", STANDARD.encode(key))).unwrap();
        let check = |id: &str, stamp: u64, signature: &str, body: &str, expect: Result<&str, Refusal>| {
            let stamp = stamp.to_string();
            let given = headers(&[("webhook-id", id), ("webhook-timestamp", &stamp), ("webhook-signature", signature)]);
            let found = known.verify(&given, body.as_bytes(), NOW);
            assert_eq!(found, expect.map(|id| Some(id.to_owned())), "{id} {stamp} {body}");
        };
        let good = sign(&key, "a", NOW, "body");
        check("a", NOW, &good, "body", Ok("a"));
        // What was taken does not come again; what was sent away may.
        check("a", NOW, &good, "body", Err(Refusal::Replayed));
        known.forget("a");
        check("a", NOW, &format!("v1,AAAA v2,x {good}"), "body", Ok("a"));
        known.forget("a");
        check("a", NOW, &good, "bodY", Err(Refusal::Wrong));
        check("b", NOW, &good, "body", Err(Refusal::Wrong));
        check("a", NOW + 1, &good, "body", Err(Refusal::Wrong));
        check("a", NOW, &sign(&[8; 32], "a", NOW, "body"), "body", Err(Refusal::Wrong));
        check("a", NOW - 301, &sign(&key, "a", NOW - 301, "body"), "body", Err(Refusal::Old));
        check("a", NOW + 301, &sign(&key, "a", NOW + 301, "body"), "body", Err(Refusal::Old));
        check("a", NOW - 299, &sign(&key, "a", NOW - 299, "body"), "body", Ok("a"));
        // A plain token does not stand in for a signature.
        assert_eq!(known.verify(&headers(&[("x-gitlab-token", "whsec_x")]), b"body", NOW), Err(Refusal::Wrong));
    }
}
