//! `plexichat audit list|show|export|prove|verify|erase`.
//!
//! Reading goes through the API with the session of an administrator. Verifying needs nobody's word: of a file it needs
//! the file alone, of the database only the database.

use super::{
    context::Context,
    exit::{Exit, Failure},
    output, resolve,
};
use crate::compose::open_database;
use plexichat_audit::{
    InclusionProof, MARK_FILE, Mark,
    checkpoint::Trusted,
    export, shown,
    verify::{self, Kept, Report},
};
use plexichat_client::AuditQuery;
use plexichat_model::audit::{AuditEntryView, AuditProofView};
use std::{
    fs::File,
    io::{BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// Larger files are neither a proof, nor a checkpoint, nor a key.
const SMALL_FILE: u64 = 1024 * 1024;

/// Read, export and verify the audit log
#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  plexichat audit list --action channel.archive
  plexichat audit export audit.ndjson && plexichat audit verify audit.ndjson
  plexichat audit prove 42 > proof.json && plexichat audit verify proof.json
  plexichat audit verify --checkpoint kept.txt")]
pub(super) enum Audit {
    /// List entries, newest first (administrators)
    List(List),
    /// Show one entry with everything it says (administrators)
    Show {
        /// Number of the entry
        number: u64,
    },
    /// Print the newest signed checkpoint, to be kept elsewhere (administrators)
    Checkpoint,
    /// Write the whole log into a file that can be verified without the server (administrators)
    Export {
        /// File to write; must not exist
        file: PathBuf,
    },
    /// Print the proof that an entry is in the log, from the server (administrators) or from an export
    Prove {
        /// Number of the entry
        number: u64,
        /// Export to take it from instead of asking the server
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// Verify an export or a proof, or the database of this configuration
    Verify(Verify),
    /// Make what the log holds about a person unreadable for ever (administrators)
    Erase {
        /// @handle or id
        user: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(clap::Args)]
pub(super) struct List {
    /// Only what this person did: @handle or id
    #[arg(long)]
    actor: Option<String>,
    /// Only this action, such as channel.archive
    #[arg(long)]
    action: Option<String>,
    /// Only what was done to the thing with this id
    #[arg(long, value_name = "ID")]
    target: Option<i64>,
    /// Most entries
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Only entries before this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
}

#[derive(clap::Args)]
pub(super) struct Verify {
    /// Export or proof [default: the database]
    file: Option<PathBuf>,
    /// Checkpoint that was kept, which the log must continue; may be repeated
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Log to trust: its verifier key, or its name, which is the first line of every checkpoint
    #[arg(long)]
    key: Option<String>,
}

impl Audit {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show { number } => show(context, &context.client()?.get_audit_entry(number).await?),
            Self::Checkpoint => {
                let signed = context.client()?.get_audit_checkpoint(None).await?;
                if context.is_json() {
                    return output::json(&signed);
                }
                Ok(output::line(signed.checkpoint.trim_end())?)
            }
            Self::Export { file } => export_to(context, &file).await,
            Self::Prove { number, export: None } => output::json(&context.client()?.prove_audit_entry(number).await?),
            Self::Prove { number, export: Some(file) } => output::json(&export::prove(open(&file)?, None, number)?),
            Self::Verify(verify) => verify.run(context).await,
            Self::Erase { user, yes } => erase(context, &user, yes).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> anyhow::Result<()> {
        let client = context.client()?;
        let actor = match self.actor.as_deref() {
            Some(actor) => Some(person(&client, actor).await?),
            None => None,
        };
        let query = AuditQuery {
            actor,
            action: self.action,
            target: self.target,
            after: self.before.map(|number| number.to_string()),
            limit: Some(usize::from(self.limit)),
            ..AuditQuery::default()
        };
        let page = client.list_audit_entries(&query).await?;
        if context.is_json() {
            return output::json(&page);
        }
        let cut = page.next.is_some();
        let rows = page.items.iter().map(row).collect();
        output::table(&["number", "time", "who", "what", "on", "outcome"], rows, "Nothing.")?;
        Ok(output::cut_note(cut, usize::from(self.limit), "--before")?)
    }
}

fn row(entry: &AuditEntryView) -> Vec<String> {
    let who = entry.actor.as_ref().map(|actor| match (&actor.user_id, &actor.reason) {
        (_, Some(reason)) => format!("the server: {reason}"),
        (Some(id), None) => id.to_string(),
        (None, None) => actor.kind.clone(),
    });
    let on = entry.target.as_ref().map(|target| format!("{} {}", target.kind, target.id));
    let cells = [
        Some(entry.number.to_string()),
        entry.at.map(output::minute),
        who,
        entry.action.clone().or_else(|| Some("(dropped)".to_owned())),
        on,
        entry.outcome.clone(),
    ];
    cells.into_iter().map(|cell| shown(&cell.unwrap_or_default())).collect()
}

fn show(context: &Context, entry: &AuditEntryView) -> anyhow::Result<()> {
    if context.is_json() {
        return output::json(entry);
    }
    let names = ["number", "time", "who", "what", "on", "outcome"];
    let mut facts: Vec<(&str, String)> = names.into_iter().zip(row(entry)).collect();
    let text = |map: &serde_json::Map<String, serde_json::Value>| {
        let pairs = map.iter().map(|(name, value)| format!("{name}={value}"));
        shown(&pairs.collect::<Vec<_>>().join(" "))
    };
    if let Some(session) = entry.actor.as_ref().and_then(|actor| actor.session_id) {
        facts.push(("session", session.to_string()));
    }
    if let Some(workspace) = entry.workspace_id {
        facts.push(("workspace", workspace.to_string()));
    }
    facts.push(("request", shown(entry.request_id.as_deref().unwrap_or_default())));
    facts.extend([("before", text(&entry.before)), ("after", text(&entry.after)), ("sealed", text(&entry.sealed))]);
    facts.retain(|(_, value)| !value.is_empty());
    Ok(output::facts(&facts)?)
}

async fn person(client: &plexichat_client::Client, user: &str) -> anyhow::Result<plexichat_model::UserId> {
    match user.parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(resolve::user(client, user).await?.id),
    }
}

async fn erase(context: &Context, user: &str, yes: bool) -> anyhow::Result<()> {
    if !yes {
        let text = format!("what the audit log holds about {user} becomes unreadable for ever; say --yes if you mean it");
        return Err(Failure::usage(text));
    }
    let client = context.client()?;
    let id = person(&client, user).await?;
    client.erase_audit_subject(id).await?;
    if context.is_json() {
        return output::json(&serde_json::json!({ "erased": id }));
    }
    Ok(output::line(format!("What the audit log held about {id} is unreadable now. Every proof stays valid."))?)
}

async fn export_to(context: &Context, file: &Path) -> anyhow::Result<()> {
    let unwritable = |error: std::io::Error| Failure::usage(format!("cannot write {}: {error}", file.display()));
    let client = context.client()?;
    let mut out = File::create_new(file).map_err(unwritable)?;
    let written = client.export_audit_log(|piece| out.write_all(piece)).await;
    let written = match written {
        Ok(written) => written.and_then(|()| out.sync_all()).map_err(unwritable),
        Err(error) => Err(error.into()),
    };
    if let Err(error) = written {
        // Half an export would be taken for a log that was cut.
        let _ = std::fs::remove_file(file);
        return Err(error);
    }
    let report = export::verify(open(file)?, None, &[])?;
    tell(context, &report, &file.display().to_string(), &["the server".to_owned()])
}

impl Verify {
    async fn run(self, context: &Context) -> anyhow::Result<()> {
        let key = self.key.as_deref().map(Trusted::parse).transpose()?;
        let Some(file) = &self.file else { return self.database(context, key).await };
        if let Some(proof) = proof(file)? {
            let checkpoint = export::check_proof(&proof, key.as_ref())?;
            let text = format!("Entry {} is in the log {} of {} entries.", proof.number, checkpoint.origin, checkpoint.size);
            if context.is_json() {
                return output::json(&serde_json::json!({ "number": proof.number, "size": checkpoint.size, "holds": true }));
            }
            return Ok(output::line(shown(&text))?);
        }
        let kept = self.kept()?;
        let report = export::verify(open(file)?, key.as_ref(), &kept)?;
        tell(context, &report, &file.display().to_string(), &self.anchors(&kept))
    }

    async fn database(&self, context: &Context, key: Option<Trusted>) -> anyhow::Result<()> {
        let config = context.load()?.config;
        let mut kept = self.kept()?;
        if let Some(note) = Mark::of(&config.server.data_dir).load() {
            kept.push(Kept { source: format!("{MARK_FILE} in the data directory"), note });
        }
        let db = open_database(&config).await?;
        let report = verify::database(&db, key.as_ref(), &kept).await;
        db.close().await;
        tell(context, &report?, "the database", &self.anchors(&kept))
    }

    fn kept(&self) -> anyhow::Result<Vec<Kept>> {
        let one = |file: &PathBuf| Ok(Kept { source: file.display().to_string(), note: small(file)? });
        self.checkpoint.iter().map(one).collect()
    }

    /// What vouches for the keys from outside of what is verified.
    fn anchors(&self, kept: &[Kept]) -> Vec<String> {
        self.key.iter().map(|_| "--key".to_owned()).chain(kept.iter().map(|kept| kept.source.clone())).collect()
    }
}

fn open(file: &Path) -> anyhow::Result<BufReader<File>> {
    let unreadable = |error| Failure::usage(format!("cannot read {}: {error}", file.display()));
    Ok(BufReader::new(File::open(file).map_err(unreadable)?))
}

fn small(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = open(file)?.take(SMALL_FILE).read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
    Ok(text)
}

/// The proof in a file, if that is what it holds: one value, where an export is lines.
fn proof(file: &Path) -> anyhow::Result<Option<InclusionProof>> {
    let text = small(file).unwrap_or_default();
    let Ok(view) = serde_json::from_str::<AuditProofView>(&text) else { return Ok(None) };
    let number = u64::try_from(view.number).map_err(|_| Failure::usage("the number of the proof is negative"))?;
    let (key, checkpoint, body) = (view.key, view.checkpoint, view.body);
    Ok(Some(InclusionProof { key, checkpoint, number, body, leaf: view.leaf, proof: view.proof }))
}

fn tell(context: &Context, report: &Report, what: &str, anchors: &[String]) -> anyhow::Result<()> {
    if context.is_json() {
        output::json(report)?;
    } else {
        match &report.finding {
            None => {
                output::line(format!(
                    "The audit log in {what} is what was signed: {} entries, {} checkpoints, root {}.",
                    report.entries, report.checkpoints, report.root
                ))?;
                output::line(shown(&if anchors.is_empty() {
                    "That its keys are the right ones, only a kept checkpoint or --key can tell.".to_owned()
                } else {
                    format!("Its keys are those of {}.", anchors.join(", "))
                }))?;
            }
            Some(finding) => output::line(shown(&format!("The audit log in {what} is NOT what was signed. First: {finding}.")))?,
        }
    }
    if report.finding.is_some() { Err(Failure::silent(Exit::Failure)) } else { Ok(()) }
}
