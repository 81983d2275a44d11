//! `POST /hooks/gitlab`: a merge request changed. The hook is answered at once; what it names waits in a queue, is read from
//! GitLab at the very commit, judged by the configuration of the branch that it would go into, and told the verdict.
//!
//! ```text
//! hook ─ signature ─► event ─ queue ─► listing, contents (two trees) ─► Gate::check_against ─► commit status, note
//! ```
//! Nothing of a hook is believed but that somebody sent it: what a merge request is, its own GitLab is asked.

mod api;
mod client;
mod event;
mod fetch;
mod network;
mod queue;
mod signature;
mod verdict;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine_gate::{Gate, Trusted};
use engine_model::Verdict;
use engine_tree::{Blobs, Memory};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::App;
use crate::body::PLAIN;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::service::Service;
use api::{MergeRequest, Status};
use client::{Client, Failure};
use event::{Event, Hook};
use network::Networks;
use queue::{Put, Queue};
use signature::Signatures;
use verdict::{MARK, Told};

/// The longest that one merge request is worked on, but for what it is told.
const LONGEST: Duration = Duration::from_secs(600);

/// Makes the gate of a revision: of its own configuration and the policies that this names, and of the server's own
/// policies besides. The branch is the one that its project calls the default. One sentence where that fails.
pub type Judge = Box<dyn Fn(&Trusted<'_>, Option<String>) -> Result<Gate, String> + Send + Sync>;

/// How hooks are taken, and where the verdicts go.
pub struct GitlabOptions {
    /// The address of the GitLab: `https://git.example.com`.
    pub url: String,
    /// A token of its API.
    pub token: String,
    /// The secrets of the webhooks, one a line.
    pub secrets: String,
    /// The authorities that its certificate may be of, as PEM; those of the system without.
    pub authority: Option<PathBuf>,
    /// Internal networks that it may be in: `10.1.0.0/16`.
    pub networks: Vec<String>,
    /// Merge requests that may wait.
    pub queue: usize,
    /// How many are worked on at a time.
    pub workers: usize,
    /// Bytes of all files of one merge request and of the branch that it would go into.
    pub bytes: u64,
    /// Makes the gate of a branch.
    pub judge: Judge,
}

impl std::fmt::Debug for GitlabOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitlabOptions").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What hooks share.
pub(crate) struct Hooks {
    signatures: Signatures,
    queue: Queue,
    client: Client,
    judge: Arc<Judge>,
    service: Arc<Service>,
    metrics: Metrics,
    workers: usize,
    bytes: u64,
    version: String,
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a merge request came to.
enum Outcome {
    /// It was told the verdict on a commit.
    Told(Verdict, String),
    /// It changed meanwhile, or is closed: another event has come, or will.
    Stale,
    /// It was told, if that was possible, that there is no verdict.
    Failed(String),
}

impl Hooks {
    /// Hooks by these options.
    ///
    /// # Errors
    /// One sentence where an address, a secret or a network is none.
    pub(crate) fn new(
        options: GitlabOptions,
        service: Arc<Service>,
        metrics: Metrics,
        version: &str,
    ) -> Result<Self, String> {
        let network = |text: &String| {
            let network = text.parse().or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from));
            network.map_err(|_: std::net::AddrParseError| format!("`{text}` is no network: `10.1.0.0/16`"))
        };
        let networks = Networks::new(options.networks.iter().map(network).collect::<Result<_, _>>()?);
        let tls = || authorities(options.authority.as_deref());
        let client = Client::new(&options.url, &options.token, tls, networks, version, metrics.clone())?;
        let signatures =
            Signatures::new(&options.secrets).map_err(|said| format!("the secrets of the webhooks: {said}"))?;
        Ok(Self {
            signatures,
            queue: Queue::new(options.queue),
            client,
            judge: Arc::new(options.judge),
            service,
            metrics,
            workers: options.workers,
            bytes: options.bytes,
            version: version.to_owned(),
        })
    }

    /// Starts to work on what waits, until the queue is closed and empty.
    pub(crate) fn start(self: &Arc<Self>) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        for _ in 0..self.workers {
            let hooks = Arc::clone(self);
            workers.spawn(async move {
                while let Some(event) = hooks.queue.next().await {
                    hooks.metrics.hooks_waiting(hooks.queue.len());
                    let own = Arc::clone(&hooks);
                    // A fault costs one merge request, and not who works.
                    if tokio::spawn(async move { own.work(event).await }).await.is_err() {
                        Log.error(
                            "a merge request has no verdict",
                            "the work ended in the middle, a fault of the engine",
                        );
                    }
                    hooks.queue.done(event);
                }
            });
        }
        workers
    }

    /// Takes nothing more in; what waits is still worked on.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// How many merge requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    async fn work(&self, event: Event) {
        let named = format!("project {}, merge request {}", event.project, event.request);
        let (outcome, detail) = match self.decided(event).await {
            Outcome::Told(verdict, commit) => (verdict.as_str(), format!("{named}, commit {commit}: {verdict}")),
            Outcome::Stale => ("stale", format!("{named}: it changed meanwhile, or is closed")),
            Outcome::Failed(reason) => ("failed", format!("{named}: {reason}")),
        };
        self.metrics.hook_decided(outcome);
        if outcome == "failed" {
            Log.error("a merge request has no verdict", &detail);
        } else {
            Log.info("merge request decided", Some(&detail));
        }
    }

    async fn decided(&self, event: Event) -> Outcome {
        let request = match self.client.merge_request(event.project, event.request).await {
            Ok(request) => request,
            // Nobody can be told.
            Err(failure) => return Outcome::Failed(failure.to_string()),
        };
        let Some(commit) = head(&request) else { return Outcome::Stale };
        if let Err(failure) = self.tell(event, &commit, &request, &Told::running()).await {
            Log.error("a commit status was not taken", &failure.to_string());
        }
        let judged = timeout(LONGEST, self.judged(event, &commit, &request)).await;
        let judged = judged.unwrap_or_else(|_| Err(format!("it took more than {} s", LONGEST.as_secs())));
        // What was found of a commit is no news of another one, of which there is an event too.
        let now = match self.client.merge_request(event.project, event.request).await {
            Ok(now) if head(&now).as_deref() == Some(commit.as_str()) => now,
            Ok(_) => return Outcome::Stale,
            Err(failure) => {
                let told = Told::failed(&failure.to_string());
                let _ = self.tell(event, &commit, &request, &told).await;
                return Outcome::Failed(failure.to_string());
            }
        };
        // It may go elsewhere by now, which is an event of its own: the verdict stays with the branch that judged.
        let moved = now.target_branch != request.target_branch;
        let request = MergeRequest { target_branch: request.target_branch, ..now };
        let (told, note, outcome) = match judged {
            Ok((told, note, verdict)) => (told, Some(note), Outcome::Told(verdict, commit.clone())),
            Err(reason) => (Told::failed(&reason), None, Outcome::Failed(reason)),
        };
        if let Err(failure) = self.tell(event, &commit, &request, &told).await {
            return Outcome::Failed(format!("the verdict was not taken: {failure}"));
        }
        if let Some(note) = note.filter(|_| !moved)
            && let Err(failure) = self.client.set_note(event.project, event.request, MARK, &note).await
        {
            return Outcome::Failed(format!("the note was not taken: {failure}"));
        }
        outcome
    }

    /// The verdict on a merge request, as a status and as a note; one sentence where there is none.
    async fn judged(
        &self,
        event: Event,
        commit: &str,
        request: &MergeRequest,
    ) -> Result<(Told, String, Verdict), String> {
        let said = |failure: Failure| failure.to_string();
        let (client, project) = (&self.client, event.project);
        let default_branch = client.default_branch(project).await.map_err(said)?;
        let tip = client.tip(project, &request.target_branch).await.map_err(said)?;
        let mut blobs = Blobs::default();
        let trusted = fetch::tree(client, project, &tip, &mut blobs, self.bytes).await.map_err(said)?;
        let tree = self.proposed(event, commit, request, &mut blobs).await.map_err(said)?;
        drop(blobs);
        let judge = (request.target_branch.clone(), tip);
        let evaluation =
            self.service.judged(Arc::clone(&self.judge), tree, trusted, judge.clone(), default_branch).await?;
        let note = verdict::note(&evaluation, &self.version, commit, (&judge.0, &judge.1));
        Ok((Told::of(&evaluation), note, evaluation.verdict))
    }

    /// The files of the commit that is proposed. GitLab keeps the commits of a fork's merge request in the project that
    /// it would go into; where it does not, they are read from the fork.
    async fn proposed(
        &self,
        event: Event,
        commit: &str,
        request: &MergeRequest,
        blobs: &mut Blobs,
    ) -> Result<Memory, Failure> {
        let read = fetch::tree(&self.client, event.project, commit, blobs, self.bytes).await;
        match (read, request.source_project_id) {
            (Err(Failure::Status(404)), Some(source)) if source != event.project => {
                fetch::tree(&self.client, source, commit, blobs, self.bytes).await
            }
            (read, _) => read,
        }
    }

    /// Gives the commit a status: in the pipeline that counts for the merge request, which is the fork's own where it
    /// comes from one and this token may write there; else in the project that it would go into.
    async fn tell(&self, event: Event, commit: &str, request: &MergeRequest, told: &Told) -> Result<(), Failure> {
        let pipeline = request.head_pipeline;
        let own = pipeline.and_then(|pipeline| pipeline.project_id).unwrap_or(event.project);
        let is_fork = request.source_project_id != Some(event.project);
        let branch = Some(request.source_branch.as_str()).filter(|_| !is_fork);
        let (name, description) = (&verdict::name(&request.target_branch), told.description.as_str());
        let status = |pipeline_id| Status { state: told.state, name, description, branch, pipeline_id };
        let set = self.client.set_status(own, commit, &status(pipeline.map(|pipeline| pipeline.id))).await;
        match set {
            Err(failure) if failure.is_absence() && own != event.project => {
                self.client.set_status(event.project, commit, &status(None)).await
            }
            set => set,
        }
    }
}

/// The commit at the head of a merge request that is open.
fn head(request: &MergeRequest) -> Option<String> {
    request.sha.clone().filter(|sha| request.state == "opened" && event::is_commit(sha))
}

/// Takes a hook.
pub(crate) async fn receive(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let Some(hooks) = &app.hooks else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "no GitLab was configured"));
    };
    let taken = take(hooks, &app, &headers, body).await;
    let outcome = match &taken {
        Ok((StatusCode::ACCEPTED, _)) => "queued",
        Ok(_) => "ignored",
        Err(problem) if problem.status == StatusCode::SERVICE_UNAVAILABLE => "busy",
        Err(_) => "refused",
    };
    app.metrics.hook_taken(outcome);
    app.metrics.hooks_waiting(hooks.waiting());
    let (status, word) = taken?;
    let body = serde_json::json!({ "status": word }).to_string();
    Ok((status, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn take(
    hooks: &Hooks,
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<(StatusCode, &'static str), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a hook is `application/json`"));
    }
    let (bytes, _held) = app.room.read(body, PLAIN).await?;
    let now = seconds();
    let id = hooks.signatures.verify(headers, &bytes, now).map_err(|refusal| match refusal {
        signature::Refusal::Full => Problem::busy(refusal.sentence()),
        _ => Problem::new(StatusCode::UNAUTHORIZED, refusal.sentence()),
    })?;
    let hook = event::read(&bytes, hooks.client.authority()).map_err(|refusal| match refusal {
        event::Refusal::Broken(said) => Problem::bad(said),
        event::Refusal::Elsewhere => {
            Problem::new(StatusCode::FORBIDDEN, "the hook is about another server than the GitLab that was configured")
        }
    })?;
    match hook {
        Hook::Nothing(why) => Ok((StatusCode::OK, why)),
        Hook::Changed(event) => match hooks.queue.put(event) {
            Put::Waits => Ok((StatusCode::ACCEPTED, "it waits to be checked")),
            Put::Known => Ok((StatusCode::ACCEPTED, "its merge request waits already")),
            Put::Full => {
                id.iter().for_each(|id| hooks.signatures.forget(id));
                Err(Problem::busy("more merge requests wait than this server holds"))
            }
        },
    }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a server owns its clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// What the certificate of a server is held against.
fn authorities(file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut store = RootCertStore::empty();
    match file {
        Some(path) => {
            let wrong = |error: String| format!("`{}` holds no authority: {error}", path.display());
            let read = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
            for certificate in read {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                store.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
        }
        // One that cannot be read vouches for nobody.
        None => drop(store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if store.is_empty() {
        return Err("there is no authority that a certificate could be of".to_owned());
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(store).with_no_client_auth()))
}
