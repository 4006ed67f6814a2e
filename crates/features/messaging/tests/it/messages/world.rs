//! A small instance: a journal, accounts, one workspace with its people, and short words for what they do.

use plexichat_auth::{Auth, AuthOptions, HashCost, PreparedAccount, accounts};
use plexichat_database::{Db, Tx};
use plexichat_events::{Applied, Change, Committed, Granted, Journal, JournalOptions, Touch};
use plexichat_kernel::{Caller, Clock, IdGenerator, Result};
use plexichat_messaging::{Messaging, PageAt};
use plexichat_model::{
    ChannelId, Event, JournalEvent, JournalKey, MessageId, Nonce, SessionId, UserId, WorkspaceId,
    auth::{AcceptInvitation, NewAccount, NewInvitation, TokenTransport},
    channel::{ChannelKind, Cursor, CursorMode, CursorUpdate, NewChannel, NewConversation},
    message::{MessagePatch, MessageView, NewMessage},
    page::MessagePage,
    permission::{InstanceRole, Role},
    workspace::NewWorkspace,
};
use plexichat_testkit::TestDb;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

pub(crate) struct World {
    pub(crate) test_db: TestDb,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) auth: Auth,
    pub(crate) messaging: Messaging,
    nonce: AtomicI64,
}

struct NewPerson(PreparedAccount);

#[async_trait::async_trait]
impl Change for NewPerson {
    type Output = UserId;

    fn touches(&self) -> Vec<Touch> {
        self.0.touches().to_vec()
    }

    async fn apply(&mut self, tx: &Tx, granted: &Granted) -> Result<Applied<UserId>> {
        let own = JournalKey::user(self.0.user_id());
        let version = granted.version(JournalKey::INSTANCE, 0);
        let user = accounts::insert(tx, &self.0, version, granted.version(own, 0), granted.now_ms).await?;
        let events = vec![
            granted.event(JournalKey::INSTANCE, 0, Event::UserUpdated { user }),
            granted.event(own, 0, Event::AccountUpdated {}),
        ];
        Ok(Applied { output: self.0.user_id(), events })
    }
}

impl World {
    pub(crate) async fn new(test_db: TestDb) -> Self {
        Self::node(test_db.clone(), test_db.db().clone(), 1).await
    }

    /// A second node on the same database.
    pub(crate) async fn second(&self) -> Self {
        let db = self.test_db.open_again().await.expect("opens");
        Self::node(self.test_db.clone(), db, 2).await
    }

    async fn node(test_db: TestDb, db: Db, node: u16) -> Self {
        let clock = Clock::adjustable();
        clock.step(START_MS - clock.now_ms());
        let ids = IdGenerator::fixed(clock.clone(), node).expect("a node number");
        let journal = Journal::start(db, clock.clone(), ids, JournalOptions::default()).await.expect("starts");
        let hash = HashCost { memory_kib: 8, iterations: 1, parallelism: 1 };
        let auth = Auth::new(journal.clone(), AuthOptions { hash, ..AuthOptions::default() }).expect("options are fine");
        let keys = crate::world::keys(&journal).await;
        auth.start(&keys).await.expect("starts");
        let messaging = Messaging::new(journal.clone(), auth.clone(), keys);
        Self { test_db, clock, journal, auth, messaging, nonce: AtomicI64::new(i64::from(node) << 40) }
    }

    pub(crate) async fn account(&self, handle: &str, role: InstanceRole) -> Caller {
        let prepared = self.auth.prepare_account(&account(handle)).await.expect("a fine account").with_instance_role(role);
        let user = self.journal.commit(NewPerson(prepared)).await.expect("is created").output;
        Caller::session(user, SessionId(user.0), role)
    }

    /// A workspace with these members besides its owner, who comes first.
    pub(crate) async fn workspace(&self, people: &[(&str, Role)]) -> (WorkspaceId, Vec<Caller>) {
        let owner = self.account("owner", InstanceRole::Owner).await;
        let new = NewWorkspace { name: "Acme".to_owned(), description: String::new() };
        let id = self.messaging.create_workspace(&owner, new).await.expect("is created").workspace.id;
        let mut callers = vec![owner];
        for (handle, role) in people {
            callers.push(self.invited(&callers[0], id, handle, *role).await);
        }
        (id, callers)
    }

    async fn invited(&self, owner: &Caller, workspace: WorkspaceId, handle: &str, role: Role) -> Caller {
        let lobby = self.messaging.get_workspace(owner, workspace).await.expect("exists").workspace.default_channel_id;
        let channel_ids = if role == Role::Guest { vec![lobby] } else { Vec::new() };
        let new = NewInvitation { role, max_uses: None, expires_in_hours: None, channel_ids };
        let code = self.messaging.create_invitation(owner, workspace, new).await.expect("is created").code;
        let accept = AcceptInvitation { code, account: Some(account(handle)), transport: TokenTransport::Cookie };
        let joined = self.messaging.accept_invitation(&Caller::anonymous(), accept, None).await.expect("joins");
        self.auth.authenticate(&joined.token.expect("a session")).await.expect("signed in")
    }

    /// A channel of the first caller with all of them in it.
    pub(crate) async fn channel(&self, workspace: WorkspaceId, name: &str, kind: ChannelKind, callers: &[Caller]) -> ChannelId {
        let member_ids = callers[1..].iter().map(id).collect();
        let new = NewChannel { kind, name: name.to_owned(), topic: String::new(), member_ids };
        self.messaging.create_channel(&callers[0], workspace, new).await.expect("is created").channel.id
    }

    pub(crate) async fn conversation(&self, callers: &[Caller]) -> ChannelId {
        let new = NewConversation { user_ids: callers[1..].iter().map(id).collect() };
        self.messaging.open_conversation(&callers[0], new).await.expect("opens").state.channel.id
    }

    pub(crate) fn message(&self, text: &str) -> NewMessage {
        NewMessage {
            nonce: Nonce(self.nonce.fetch_add(1, Ordering::Relaxed) + 1),
            text: text.to_owned(),
            thread_id: None,
            read_up_to: None,
            confirm_broadcast: false,
        }
    }

    pub(crate) async fn try_send(&self, who: &Caller, channel: ChannelId, message: NewMessage) -> Result<Committed<MessageView>> {
        self.messaging.send_message(who, channel, message).await
    }

    pub(crate) async fn send(&self, who: &Caller, channel: ChannelId, text: &str) -> MessageView {
        self.try_send(who, channel, self.message(text)).await.expect("is sent").output
    }

    pub(crate) async fn reply(&self, who: &Caller, channel: ChannelId, root: MessageId, text: &str) -> MessageView {
        let message = NewMessage { thread_id: Some(root), ..self.message(text) };
        self.try_send(who, channel, message).await.expect("is sent").output
    }

    pub(crate) async fn edit(&self, who: &Caller, message: &MessageView, text: &str) -> Result<MessageView> {
        let patch = MessagePatch { text: text.to_owned() };
        self.messaging.edit_message(who, message.channel_id, message.id, patch, None).await
    }

    pub(crate) async fn delete(&self, who: &Caller, message: &MessageView) -> Result<()> {
        self.messaging.delete_message(who, message.channel_id, message.id, None).await
    }

    pub(crate) async fn page(&self, who: &Caller, channel: ChannelId, at: PageAt, limit: usize) -> MessagePage {
        self.messaging.list_messages(who, channel, at, Some(limit)).await.expect("a page")
    }

    pub(crate) async fn cursor(&self, who: &Caller, channel: ChannelId, number: i64, mode: CursorMode) -> Cursor {
        let update = CursorUpdate { last_read_number: number, mode, thread_id: None };
        self.messaging.update_cursor(who, channel, update).await.expect("moves")
    }

    /// Position and mention count as the snapshot tells them.
    pub(crate) async fn unread(&self, who: &Caller, channel: ChannelId) -> (i64, u32) {
        let state = self.messaging.get_channel(who, channel).await.expect("a state");
        (state.cursor.last_read_number, state.mention_count)
    }

    pub(crate) async fn last_main(&self, channel: ChannelId) -> i64 {
        self.head(JournalKey::channel(channel)).await.main_number
    }

    pub(crate) async fn head(&self, key: JournalKey) -> plexichat_events::Head {
        self.journal.head(key).await.expect("reads").expect("exists")
    }

    /// All changes of a journal after a position, over as many windows as it takes.
    pub(crate) async fn changes(&self, who: &Caller, key: JournalKey, after: i64) -> Vec<JournalEvent> {
        let (mut from, mut events) = (after, Vec::new());
        loop {
            let changes = self.messaging.changes(who, key, from, None).await.expect("changes");
            assert!(!changes.reset);
            assert!(changes.events.iter().all(|e| e.version > from && e.version <= changes.up_to));
            assert!(changes.events.is_sorted_by_key(|e| e.version));
            events.extend(changes.events);
            from = changes.up_to;
            if !changes.more {
                return events;
            }
        }
    }

    pub(crate) fn days(&self, days: u64) {
        self.clock.step(i64::try_from(Duration::from_hours(24 * days).as_millis()).expect("fits"));
    }
}

fn account(handle: &str) -> NewAccount {
    let password = "correct horse battery staple".to_owned();
    NewAccount { handle: handle.to_owned(), display_name: handle.to_owned(), password, email: None }
}

pub(crate) fn id(caller: &Caller) -> UserId {
    caller.account().expect("signed in")
}

pub(crate) fn numbers(page: &MessagePage) -> Vec<i64> {
    page.messages.iter().map(|m| m.number).collect()
}
