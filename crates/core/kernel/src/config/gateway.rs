//! `[gateway]`: the sockets through which clients hear of changes.

use super::problem::Checker;
use super::section::{CrossCheck, range, section};
use plexichat_model::limits;

section! {
    /// The sockets through which clients hear of changes. What concerns a single socket is told to it
    /// when it opens: a change holds for new ones.
    GatewayConfig in "gateway" {
        /// How often client and server tell each other that they are still there.
        heartbeat_seconds: u32 = 30, live, range(5, 300);
        /// How long a new socket may take to say who it is.
        identify_timeout_seconds: u32 = 10, live, range(1, 120);
        /// Frames that wait for one slow socket before it is told to load everything again.
        queue_length: usize = limits::SOCKET_QUEUE, live, range(16, 8_192);
        /// How long a client may take nothing of what waits for it, on a socket or of an answer,
        /// before its connection is closed.
        write_timeout_seconds: u32 = 10, live, range(1, 300);
        /// Most sockets of one account on this node; when another opens, the oldest closes.
        max_sockets_per_account: usize = 32, live, range(1, 10_000);
        /// Most sockets of this node at the same time; further ones are refused.
        max_sockets: usize = 15_000, live, range(16, 1_000_000);
        /// What the operating system may hold for one slow socket, in bytes.
        send_buffer_bytes: usize = 64 * 1024, restart, range(4_096, 4 * 1024 * 1024);
        /// Over how long sockets are told to connect elsewhere when the server stops.
        drain_seconds: u32 = 10, live, range(0, 300);
    }
}

impl CrossCheck for GatewayConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if self.max_sockets_per_account > self.max_sockets {
            checker.problem(
                "gateway.max_sockets_per_account",
                "is more than gateway.max_sockets",
                format!("must be at most {}", self.max_sockets),
            );
        }
    }
}
