//! What a token of an invitation is, and what is sealed with it and for it.

use super::store::{InvitationRow, NodeRow};
use plexichat_kernel::{Error, Result};
use plexichat_model::ErrorCode;
use plexichat_sealing::{Context, Key, KeyId, Row, column, decode_seed, encode_seed};
use zeroize::Zeroizing;

/// How tokens begin, before the digit of the format.
const KIND: &str = "plexi-node-token";
/// A token seals one thing under one key.
const ONLY: KeyId = KeyId::new(1).expect("is positive");
/// The place of a sealed token, and of the seal key of a node.
pub(super) const TOKEN: (&str, &str) = ("node_invitations", "sealed");
pub(super) const SECRET: (&str, &str) = ("key_nodes", "secret");
/// The part of the server whose key seals both.
pub(super) const PART: &str = "nodes";

/// A token by which one node may join: 256 random bits. Wiped when dropped.
pub struct NodeToken(Key);

impl std::fmt::Debug for NodeToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeToken(…)")
    }
}

impl NodeToken {
    pub(super) fn random() -> Self {
        Self(Key::random())
    }

    /// Reads what `invite-node` showed. Errors: `invalid`, never repeating it.
    pub fn parse(text: &str) -> Result<Self> {
        let refused =
            |cause| Error::new(ErrorCode::Invalid, format!("this is no token of `plexichat keys invite-node`: {cause}"));
        decode_seed(KIND, text).map(Self).map_err(refused)
    }

    /// As it is shown, once.
    pub(super) fn to_text(&self) -> Zeroizing<String> {
        encode_seed(KIND, &self.0)
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.0.expose()
    }

    pub(super) fn from_secret(secret: &[u8]) -> Option<Self> {
        Key::try_from(secret).ok().map(Self)
    }

    /// By what its row is found. Says nothing about the token.
    pub(super) fn lookup(&self) -> Vec<u8> {
        self.0.derive("node invitation", &[]).expose().to_vec()
    }

    /// The proof of a request: the seal key of the node, under a key of the token and bound to everything by which the
    /// request is used. Whoever has no token can neither make nor read one.
    pub(super) fn prove(&self, request: &NodeRow, seal_key: &Key) -> Vec<u8> {
        let bound = asked(request);
        column::seal(&self.request_key(), ONLY, &proof_of(&bound), seal_key.expose())
    }

    /// The seal key in a proof; `None`: it was not made with this token for this request. Compared in constant time.
    pub(super) fn check(&self, request: &NodeRow) -> Option<Key> {
        let bound = asked(request);
        let opened = column::open(&self.request_key(), &proof_of(&bound), &request.proof).ok()?;
        Key::try_from(opened.as_slice()).ok()
    }

    fn request_key(&self) -> Key {
        self.0.derive("node request", &[])
    }
}

fn proof_of(bound: &[u8]) -> Context<'_> {
    Context { table: "key_nodes", column: "proof", row: Row::Bytes(bound) }
}

/// What a proof is bound to. Numbers have one length each, the key stands last.
fn asked(row: &NodeRow) -> Vec<u8> {
    [&row.id.to_be_bytes()[..], &row.invitation_id.to_be_bytes(), &row.recipient].concat()
}

/// What a sealed token is bound to: whoever changes when it ends, or moves it to another row, makes it unreadable.
pub(super) fn invited(row: &InvitationRow) -> Vec<u8> {
    let numbers = [row.id, row.created_by, row.created_ms, row.expires_ms].map(i64::to_be_bytes).concat();
    [numbers.as_slice(), &row.lookup].concat()
}

/// What the seal key of a node is bound to: that it opens says that the row is the server's own.
pub(super) fn belongs(row: &NodeRow, joined_ms: i64) -> Vec<u8> {
    let numbers = [row.id, row.invitation_id, row.created_ms, joined_ms].map(i64::to_be_bytes).concat();
    [numbers.as_slice(), &row.recipient].concat()
}
