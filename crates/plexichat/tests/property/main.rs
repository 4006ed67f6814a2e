//! State + events = state: random operations of two people, checked against a model and against the server itself.
//!
//! Each case has a channel of its own. After the operations: the server agrees with the model (order, texts,
//! threads, reactions, unread, mention counts); a replica that was given the live events equals one that loads
//! anew; and one that was given `changes` does too. The count of mentions is right after every single event, in
//! whatever order the channel's journal and the person's arrive. Cases are written as fixtures for the web client when
//! `PLEXICHAT_WRITE_FIXTURES` names a directory.

mod counts;
mod model;
mod record;

use anyhow::{Context as _, Result, ensure};
use model::{EMOJI, Message, Model, Names, Op, Two};
use plexichat_client::{Client, MessagesAt, Replica, new_nonce};
use plexichat_model::{
    ChannelId, JournalKey,
    channel::{AddChannelMembers, ChannelKind, ChannelPatch, ChannelState, CursorMode, CursorUpdate, NewChannel},
    message::{MessagePatch, NewMessage},
};
use plexichat_testkit::{
    Engine,
    server::{RealBinary, World, all_messages},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use record::Recorder;
use std::time::Duration;

/// Cases of the fixed seed; more by `PLEXICHAT_PROPERTY_CASES`. The embedded database is the quickest.
const CASES: usize = 12;
const CASES_OF_SERVERS: usize = 4;
/// Cases of a seed that nobody has tried before.
const FRESH_CASES: usize = 4;
const FIXED_SEED: u64 = 7;
const MOST_OPS: usize = 60;

#[test]
fn state_and_events_make_state_sqlite() {
    run(Engine::Sqlite);
}

#[test]
fn state_and_events_make_state_postgres() {
    run(Engine::Postgres);
}

#[test]
fn state_and_events_make_state_mariadb() {
    run(Engine::MariaDb);
}

fn run(engine: Engine) {
    if !plexichat_testkit::wanted(engine) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(state_and_events_make_state(engine));
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome.unwrap_or_else(|error| panic!("{error:?}"));
}

/// The fixed seed, so that a failure is the same failure tomorrow, and a fresh one, so that every run looks somewhere
/// new; or the one seed that `PLEXICHAT_PROPERTY_SEED` names.
fn seeds(engine: Engine) -> Vec<(u64, usize)> {
    let fixed = if engine == Engine::Sqlite { CASES } else { CASES_OF_SERVERS };
    let cases = setting("PLEXICHAT_PROPERTY_CASES").and_then(|n| n.parse().ok());
    if let Some(seed) = setting("PLEXICHAT_PROPERTY_SEED").and_then(|n| n.parse().ok()) {
        return vec![(seed, cases.unwrap_or(fixed))];
    }
    let fresh = plexichat_kernel::random::u64();
    vec![(FIXED_SEED, cases.unwrap_or(fixed)), (fresh, cases.unwrap_or(FRESH_CASES))]
}

async fn state_and_events_make_state(engine: Engine) -> Result<()> {
    let binary = RealBinary::start(env!("CARGO_BIN_EXE_plexichat").as_ref(), engine).await?;
    let world = World::set_up(&binary.address(), &binary.setup_code().await?, 2, 1).await?;
    for (nth, (seed, cases)) in seeds(engine).into_iter().enumerate() {
        println!("{}: {cases} cases of seed {seed}", engine.as_str());
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        // Recordings for the web client are the same whenever they are made.
        let recorded = nth == 0 && engine == Engine::Sqlite;
        for case in 0..cases {
            let ops = model::ops(MOST_OPS).new_tree(&mut runner).map_err(|e| anyhow::anyhow!("{e}"))?.current();
            let told = format!("case {case} of seed {seed} on {}: {ops:#?}", engine.as_str());
            let told = format!("{told}\nrepeat it with PLEXICHAT_PROPERTY_SEED={seed}");
            let order = seed.wrapping_add(u64::try_from(case)?);
            let case = Trial { name: format!("case-{seed}-{case}"), number: recorded.then_some(case), order };
            run_case(&world, &case, &ops).await.with_context(|| told)?;
        }
    }
    Ok(())
}

/// One run of operations.
struct Trial {
    /// Name of its channel.
    name: String,
    /// Number of its recording.
    number: Option<usize>,
    /// Decides in which order the journals are replayed against each other.
    order: u64,
}

/// A setting of the test run.
#[expect(clippy::disallowed_methods, reason = "tests are told what to do by their environment")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

struct Case<'a> {
    people: [&'a Client; 2],
    two: Two,
    channel: ChannelId,
    model: Model,
}

async fn run_case(world: &World, trial: &Trial, ops: &[Op]) -> Result<()> {
    let people = [&world.people[0], &world.people[1]];
    let me = [people[0].get_me().await?.user, people[1].get_me().await?.user];
    let new = NewChannel { kind: ChannelKind::Private, name: trial.name.clone(), topic: String::new(), member_ids: Vec::new() };
    let channel = people[0].create_channel(world.workspace, &new).await?.channel.id;
    people[0].add_channel_members(channel, &AddChannelMembers { user_ids: vec![me[1].id] }).await?;
    let [a, b] = me;
    let two = Two { ids: [a.id, b.id], handles: [a.handle, b.handle] };
    let mut case = Case { people, two, channel, model: Model::default() };
    let mut recorders = [Recorder::start(people[0], channel).await?, Recorder::start(people[1], channel).await?];
    for op in ops {
        case.play(op).await.with_context(|| format!("{op:?}"))?;
    }
    // Positions moved by the way are committed within a second.
    tokio::time::sleep(Duration::from_millis(2200)).await;
    for (who, recorder) in recorders.iter_mut().enumerate() {
        case.check_server(who).await.with_context(|| format!("the server and the model, person {who}"))?;
        case.check_replicas(who, recorder).await.with_context(|| format!("events and state, person {who}"))?;
        recorder.check_counts(trial.order).with_context(|| format!("counts after every event, person {who}"))?;
    }
    match trial.number {
        Some(number) => recorders[0].write_fixture(number, people[0], channel).await,
        None => Ok(()),
    }
}

impl Case<'_> {
    async fn play(&mut self, op: &Op) -> Result<()> {
        match *op {
            Op::Send { who, names, thread } => self.send(who, names, thread).await,
            Op::Edit { who, at, names } => self.edit(who, at, names).await,
            Op::Delete { who, at } => {
                let Some(at) = self.model.own(who, at) else { return Ok(()) };
                let id = self.model.messages[at].id;
                self.people[who].delete_message(self.channel, id).await?;
                let message = &mut self.model.messages[at];
                (message.deleted, message.text, message.names) = (true, String::new(), Names::Nobody);
                message.reactions.clear();
                Ok(())
            }
            Op::React { who, at, emoji, on } => self.react(who, at, EMOJI[emoji], on).await,
            Op::Read { who, at, back } => {
                if self.model.messages.is_empty() {
                    return Ok(());
                }
                let number = Model::number(at % self.model.messages.len());
                let mode = if back { CursorMode::Set } else { CursorMode::Advance };
                let update = CursorUpdate { last_read_number: number, mode, thread_id: None };
                let cursor = self.people[who].update_cursor(self.channel, &update).await?;
                ensure!(if back { cursor.last_read_number == number } else { cursor.last_read_number >= number }, "{cursor:?}");
                self.model.read[who] = cursor.last_read_number;
                Ok(())
            }
            Op::Topic => {
                self.model.topic = format!("after {}", self.model.messages.len());
                let patch = ChannelPatch { topic: Some(self.model.topic.clone()), ..ChannelPatch::default() };
                self.people[0].update_channel(self.channel, &patch, None).await?;
                Ok(())
            }
        }
    }

    async fn send(&mut self, who: usize, names: Names, thread: Option<usize>) -> Result<()> {
        let root = thread.and_then(|at| self.model.root(at)).map(|at| self.model.messages[at].id);
        let text = self.model.text(who, names, &self.two.handles);
        let new =
            NewMessage { nonce: new_nonce(), text: text.clone(), thread_id: root, read_up_to: None, confirm_broadcast: false };
        let sent = self.people[who].send_message(self.channel, &new).await?;
        let again = self.people[who].send_message(self.channel, &new).await?;
        ensure!(again.id == sent.id && again.number == sent.number, "a retry made another message");
        ensure!(sent.number == Model::number(self.model.messages.len()), "number {} is not the next", sent.number);
        let reactions = std::collections::BTreeMap::new();
        self.model.messages.push(Message { id: sent.id, author: who, text, deleted: false, thread: root, names, reactions });
        Ok(())
    }

    async fn edit(&mut self, who: usize, at: usize, names: Names) -> Result<()> {
        let Some(at) = self.model.own(who, at) else { return Ok(()) };
        let text = format!("{} (edited)", self.model.text(who, names, &self.two.handles));
        let patch = MessagePatch { text: text.clone() };
        self.people[who].edit_message(self.channel, self.model.messages[at].id, &patch, None).await?;
        let message = &mut self.model.messages[at];
        (message.text, message.names) = (text, names);
        Ok(())
    }

    async fn react(&mut self, who: usize, at: usize, emoji: &'static str, on: bool) -> Result<()> {
        let Some(at) = self.model.any(at) else { return Ok(()) };
        let id = self.model.messages[at].id;
        let set = self.model.messages[at].reactions.entry(emoji).or_default();
        if on {
            self.people[who].add_reaction(self.channel, id, emoji).await?;
            set.insert(who);
        } else {
            self.people[who].remove_reaction(self.channel, id, emoji).await?;
            set.remove(&who);
        }
        self.model.messages[at].reactions.retain(|_, people| !people.is_empty());
        Ok(())
    }

    /// Order, texts, threads, reactions, counters: the server against the model.
    async fn check_server(&self, who: usize) -> Result<()> {
        let (client, model) = (self.people[who], &self.model);
        let main: Vec<usize> = (0..model.messages.len()).filter(|i| model.messages[*i].thread.is_none()).collect();
        let listed = all_messages(client, self.channel).await?;
        let numbers: Vec<i64> = listed.iter().map(|m| m.number).collect();
        ensure!(numbers == main.iter().map(|i| Model::number(*i)).collect::<Vec<_>>(), "the main timeline is {numbers:?}");
        for (shown, at) in listed.iter().zip(&main) {
            self.check_message(who, shown, &model.messages[*at])?;
            let replies = client.list_thread_messages(self.channel, shown.id, MessagesAt::Newest, Some(200)).await?;
            let held: Vec<usize> = (0..model.messages.len()).filter(|i| model.messages[*i].thread == Some(shown.id)).collect();
            ensure!(replies.messages.len() == held.len(), "{} replies, {} expected", replies.messages.len(), held.len());
            for (reply, at) in replies.messages.iter().zip(held) {
                ensure!(reply.number == Model::number(at), "a reply out of order");
                self.check_message(who, reply, &model.messages[at])?;
            }
        }
        let state: ChannelState = client.get_channel(self.channel).await?;
        let head = (state.head.last_number, state.head.last_main_number);
        ensure!(head == (Model::number(model.messages.len()) - 1, model.last_main()), "head {head:?}");
        ensure!(state.channel.topic == model.topic, "topic {:?}", state.channel.topic);
        let cursor = state.cursor.last_read_number;
        ensure!(model.explains(who, cursor), "nobody moved the position to {cursor}");
        let expected = model.mentions(who, cursor);
        ensure!(state.mention_count == expected, "{} mentions, {expected} expected above {cursor}", state.mention_count);
        Ok(())
    }

    fn check_message(&self, who: usize, shown: &plexichat_model::message::MessageView, held: &Message) -> Result<()> {
        ensure!(shown.id == held.id && shown.author_id == self.two.ids[held.author], "another message: {shown:?}");
        ensure!(shown.text == held.text && shown.deleted == held.deleted, "{shown:?} is not {held:?}");
        let reactions = shown.reactions.clone().unwrap_or_default();
        ensure!(reactions.len() == held.reactions.len(), "{:?} is not {:?}", reactions, held.reactions);
        for reaction in reactions {
            let people = held.reactions.get(reaction.emoji.as_str()).context("a reaction nobody made")?;
            ensure!(usize::try_from(reaction.count)? == people.len() && reaction.me == people.contains(&who), "{reaction:?}");
        }
        let replies = shown.thread.as_ref().map_or(0, |t| t.reply_count);
        ensure!(replies == self.model.replies(shown.id), "{replies} replies in the summary of {:?}", shown.id);
        Ok(())
    }

    /// Live events on top of the first state, and `changes` on top of it, both equal the state loaded anew.
    async fn check_replicas(&self, who: usize, recorder: &mut Recorder) -> Result<()> {
        let client = self.people[who];
        let fresh = record::load(client, self.channel).await?;
        let wanted = [JournalKey::channel(self.channel), JournalKey::user(self.two.ids[who])];
        for key in wanted {
            let position = fresh.position(key).context("a position")?;
            recorder.wait_for(key, position).await?;
        }
        let live = recorder.replay()?;
        record::compare(&live, &fresh, self.channel).context("live events")?;
        let caught = self.catch_up(client, recorder.before()).await?;
        record::compare(&caught, &fresh, self.channel).context("changes")
    }

    async fn catch_up(&self, client: &Client, mut replica: Replica) -> Result<Replica> {
        let me = replica.me().user.id;
        // The channel before the person: a cursor carries the count of all that is in the channel now.
        for key in [JournalKey::INSTANCE, JournalKey::channel(self.channel), JournalKey::user(me)] {
            loop {
                let after = replica.position(key).context("a followed journal")?;
                let changes = client.get_changes(key, after, replica.epoch()).await?;
                ensure!(!changes.reset, "{key} was reset");
                replica.apply_changes(key, &changes);
                if !changes.more {
                    break;
                }
            }
        }
        Ok(replica)
    }
}
