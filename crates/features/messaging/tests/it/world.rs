//! An instance that is set up, and people in it.

use plexichat_auth::{Auth, AuthOptions, HashCost};
use plexichat_events::{Journal, JournalOptions};
use plexichat_kernel::{Caller, Clock, Error, IdGenerator, Result, config::Secret};
use plexichat_keys::{
    Keys,
    vault::{PassphraseCost, PassphraseVault},
};
use plexichat_messaging::{JoinedSession, Messaging};
use plexichat_model::{
    ChannelId, ErrorCode, UserId, WorkspaceId,
    auth::{AcceptInvitation, NewAccount, NewInvitation, Setup, TokenTransport},
    channel::{ChannelKind, ChannelState, NewChannel},
    permission::Role,
};
use plexichat_testkit::TestDb;

/// The keys of a test instance: every node opens them by the same passphrase.
pub(crate) async fn keys(journal: &Journal) -> Keys {
    let cost = PassphraseCost { memory_kib: 8, iterations: 1, parallelism: 1 };
    let vault = PassphraseVault::new(Secret::new("a passphrase for tests"), cost);
    Keys::open(journal.clone(), std::sync::Arc::new(vault)).await.expect("the keys open")
}

/// A node of an instance.
pub(crate) struct Node {
    pub(crate) journal: Journal,
    pub(crate) auth: Auth,
    pub(crate) messaging: Messaging,
}

impl Node {
    /// A node on this database, with a number of its own.
    pub(crate) async fn start(db: &TestDb, number: u16) -> Self {
        let clock = Clock::system();
        let ids = IdGenerator::fixed(clock.clone(), number).expect("a valid node number");
        let open = if number == 1 { db.db().clone() } else { db.open_again().await.expect("a second node opens the database") };
        let journal = Journal::start(open, clock, ids, JournalOptions::default()).await.expect("the journal starts");
        // What a password costs is tested with the accounts; here it only takes time.
        let hash = HashCost { memory_kib: 64, iterations: 1, parallelism: 1 };
        let auth = Auth::new(journal.clone(), AuthOptions { hash, ..AuthOptions::default() }).expect("auth starts");
        let keys = keys(&journal).await;
        auth.start(&keys).await.expect("the system account is made");
        let messaging = Messaging::new(journal.clone(), auth.clone(), keys);
        Self { journal, auth, messaging }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) caller: Caller,
}

/// An instance with an owner, a workspace and its default channel.
pub(crate) struct World {
    pub(crate) node: Node,
    pub(crate) owner: Person,
    pub(crate) workspace: WorkspaceId,
    pub(crate) general: ChannelId,
}

pub(crate) fn account(handle: &str) -> NewAccount {
    let password = "correct horse battery staple".to_owned();
    NewAccount { handle: handle.to_owned(), display_name: format!("{handle} Example"), password, email: None }
}

pub(crate) fn setup(code: &str) -> Setup {
    Setup { code: code.to_owned(), owner: account("olga"), workspace_name: "Acme".to_owned(), transport: TokenTransport::Cookie }
}

pub(crate) fn code_of<T>(result: Result<T>) -> ErrorCode {
    result.err().expect("it is refused").code()
}

impl World {
    pub(crate) async fn new(db: &TestDb) -> Self {
        let node = Node::start(db, 1).await;
        let link = node.auth.ensure_setup_code().await.expect("a code").expect("set-up is needed");
        let joined = node.messaging.complete_setup(&Caller::anonymous(), setup(&link.code), None).await.expect("set up");
        let (workspace, general) = (joined.joined.workspace.id, joined.joined.channel_id);
        let owner = Self::signed_in(&node, joined).await;
        Self { node, owner, workspace, general }
    }

    async fn signed_in(node: &Node, joined: JoinedSession) -> Person {
        let caller = node.auth.authenticate(&joined.token.expect("a new session")).await.expect("a valid token");
        Person { id: joined.joined.signed_in.account.user.id, caller }
    }

    pub(crate) fn messaging(&self) -> &Messaging {
        &self.node.messaging
    }

    /// Code of a new invitation by the owner.
    pub(crate) async fn invite(&self, role: Role, uses: u32, channels: &[ChannelId]) -> String {
        let new = NewInvitation { role, max_uses: Some(uses), expires_in_hours: None, channel_ids: channels.to_vec() };
        self.messaging().create_invitation(&self.owner.caller, self.workspace, new).await.expect("an invitation").code
    }

    pub(crate) async fn accept(&self, code: &str, handle: &str) -> Result<Person, Error> {
        let accept =
            AcceptInvitation { code: code.to_owned(), account: Some(account(handle)), transport: TokenTransport::Cookie };
        let joined = self.messaging().accept_invitation(&Caller::anonymous(), accept, None).await?;
        Ok(Self::signed_in(&self.node, joined).await)
    }

    /// Somebody new with this role; guests are in the given channels alone.
    pub(crate) async fn person(&self, handle: &str, role: Role, channels: &[ChannelId]) -> Person {
        let code = self.invite(role, 1, channels).await;
        self.accept(&code, handle).await.expect("they join")
    }

    pub(crate) async fn member(&self, handle: &str) -> Person {
        self.person(handle, Role::Member, &[]).await
    }

    pub(crate) async fn channel(&self, by: &Person, kind: ChannelKind, name: &str, members: &[&Person]) -> ChannelState {
        let new =
            NewChannel { kind, name: name.to_owned(), topic: String::new(), member_ids: members.iter().map(|p| p.id).collect() };
        self.messaging().create_channel(&by.caller, self.workspace, new).await.expect("a channel")
    }
}
