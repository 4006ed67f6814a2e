//! `[auth]`: sessions, passwords and links.
//!
//! The numbers alone; what they mean for an account is decided in `core/auth`. The cost of a
//! password check needs a restart, because its threads and memory are set up at the start.

use super::problem::Checker;
use super::section::{CrossCheck, range, section};

section! {
    /// Sessions, passwords and links. Nobody joins without an invitation or an administrator.
    AuthConfig in "auth" {
        /// A session ends when it was not used for this many days.
        session_sliding_days: u32 = 30, live, range(1, 365);
        /// A session ends this many days after signing in, however much it is used.
        session_absolute_days: u32 = 90, live, range(1, 730);
        /// Least length of a new password, in characters.
        min_password_length: usize = 10, live, range(8, 128);
        /// Most sessions of one account; a new one ends the one unused for longest.
        max_sessions_per_account: u32 = 50, live, range(1, 1_000);
        /// How long an invitation is valid unless it says otherwise.
        invitation_days: u32 = 7, live, range(1, 365);
        /// How long a link for choosing a new password is valid.
        reset_link_minutes: u32 = 60, live, range(5, 1_440);
        /// Memory that checking one password takes (Argon2id), in KiB.
        argon2_memory_kib: u32 = 19_456, restart, range(8_192, 1_048_576);
        /// Rounds of checking one password (Argon2id).
        argon2_iterations: u32 = 2, restart, range(1, 20);
        /// Lanes of checking one password (Argon2id).
        argon2_parallelism: u32 = 1, restart, range(1, 16);
        /// Threads that check passwords; each takes the memory above while it does. 0: half of the
        /// processors, at least one.
        argon2_threads: usize = 0, restart, range(0, 64);
        /// Passwords that may wait to be checked; further sign-ins are refused as overloaded.
        argon2_queue: usize = 64, restart, range(1, 4_096);
        /// Failed sign-ins of one account within the window before it has to wait.
        login_attempts_per_account: u32 = 10, live, range(3, 1_000);
        /// Failed sign-ins from one address within the window before it has to wait.
        login_attempts_per_address: u32 = 50, live, range(3, 100_000);
        /// The window in which failed sign-ins are counted.
        login_window_minutes: u32 = 15, live, range(1, 1_440);
    }
}

impl CrossCheck for AuthConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if self.session_sliding_days > self.session_absolute_days {
            checker.problem(
                "auth.session_sliding_days",
                format!("is {}, longer than auth.session_absolute_days", self.session_sliding_days),
                format!("must be at most {}", self.session_absolute_days),
            );
        }
        if self.argon2_memory_kib < 8 * self.argon2_parallelism {
            checker.problem(
                "auth.argon2_memory_kib",
                format!("is {}, too little for its lanes", self.argon2_memory_kib),
                format!("must be at least {}", 8 * self.argon2_parallelism),
            );
        }
    }
}
