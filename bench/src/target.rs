//! A server started for one measurement: own directory, free port, rate limits off, set up through its link.

use crate::measure;
use anyhow::{Context as _, Result, bail};
use plexichat_model::{
    ChannelId, WorkspaceId,
    auth::{Joined, NewAccount, Setup, TokenTransport},
};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// The running server.
pub(crate) struct Target {
    pub(crate) base: String,
    pub(crate) token: String,
    pub(crate) workspace: WorkspaceId,
    pub(crate) channel: ChannelId,
    pub(crate) http: reqwest::Client,
    child: Child,
    _directory: tempfile::TempDir,
}

/// A server that is not set up yet.
pub(crate) struct Bare {
    pub(crate) child: Child,
    pub(crate) base: String,
    code: String,
    directory: tempfile::TempDir,
}

impl Bare {
    /// Starts the binary and waits for the set-up link it prints.
    pub(crate) async fn start(binary: &Path, database: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env("PLEXICHAT_SERVER__DATA_DIR", directory.path())
            .env("PLEXICHAT_SERVER__BIND", format!("127.0.0.1:{port}"))
            .env("PLEXICHAT_LIMITS__ENABLED", "false")
            .env("PLEXICHAT_LOGGING__LEVEL", "warn")
            .env("PLEXICHAT_GATEWAY__MAX_SOCKETS_PER_ACCOUNT", "10000")
            .env("PLEXICHAT_SERVER__MAX_CONNECTIONS", "20000")
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if !database.is_empty() {
            command.env("PLEXICHAT_DATABASE__URL", database);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}; build it with `cargo build --release -p plexichat`", binary.display()))?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let code = tokio::time::timeout(Duration::from_mins(1), async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, code)) = line.split_once("/setup#") {
                    return Ok(code.trim().to_owned());
                }
            }
            bail!("the server ended without printing a set-up link")
        })
        .await??;
        plexichat_kernel::tasks::spawn("bench", async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, base: format!("http://127.0.0.1:{port}"), code, directory })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }
}

impl Target {
    /// Starts and sets up.
    pub(crate) async fn start(binary: &Path, database: &str, name: &str) -> Result<Self> {
        let bare = Bare::start(binary, database).await?;
        let http = reqwest::Client::builder().pool_max_idle_per_host(1024).build()?;
        let setup = Setup {
            code: bare.code.clone(),
            owner: account("owner"),
            workspace_name: format!("bench {name}"),
            transport: TokenTransport::Bearer,
        };
        let answer = http.post(format!("{}/api/v1/setup", bare.base)).json(&setup).send().await?;
        if !answer.status().is_success() {
            bail!("set-up failed: {}", answer.text().await?);
        }
        let joined: Joined = answer.json().await?;
        Ok(Self {
            base: bare.base.clone(),
            token: joined.signed_in.token.context("no token")?,
            workspace: joined.workspace.id,
            channel: joined.channel_id,
            http,
            child: bare.child,
            _directory: bare.directory,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    pub(crate) fn cpu(&self) -> f64 {
        measure::cpu_seconds(self.pid())
    }

    pub(crate) fn rss_kib(&self) -> f64 {
        measure::rss_kib(self.pid())
    }

    /// A POST with a bearer token, answered as `T`.
    pub(crate) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        token: &str,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T> {
        let answer = self.http.post(format!("{}/api/v1{path}", self.base)).bearer_auth(token).json(body).send().await?;
        if !answer.status().is_success() {
            bail!("{path}: {} {}", answer.status(), answer.text().await?);
        }
        Ok(answer.json().await?)
    }
}

/// An account for the measurement.
pub(crate) fn account(handle: &str) -> NewAccount {
    NewAccount {
        handle: handle.to_owned(),
        display_name: handle.to_owned(),
        password: format!("bench-{handle}-{}", plexichat_kernel::random::token()),
        email: None,
    }
}
