//! What an operator can set. Filled from the `auth` section of the configuration.

use plexichat_kernel::config::AuthConfig;
use std::time::Duration;

/// Settings of accounts, passwords and sessions. Everything but the hashing pool's size may change while running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthOptions {
    /// A session ends when it was not used for so long.
    pub session_sliding: Duration,
    /// A session ends so long after it began, however much it is used.
    pub session_absolute: Duration,
    /// Most sessions of one account; a new one ends the one unused for longest.
    pub max_sessions: u32,
    /// Shortest accepted password, characters.
    pub min_password_chars: u32,
    /// How long an invitation works that does not say otherwise.
    pub invitation: Duration,
    /// How long a password link works.
    pub reset_link: Duration,
    /// How long a set-up link works.
    pub setup_link: Duration,
    /// Cost of a password hash.
    pub hash: HashCost,
    /// Threads that hash; 0: half of the processors, at least one.
    pub hash_threads: usize,
    /// Passwords that may wait to be hashed; beyond it sign-ins are refused as overloaded.
    pub hash_queue: usize,
    /// Failed sign-ins of one account from one address before that address has to wait.
    pub attempts_per_account: u32,
    /// Failed sign-ins from one address, whatever the account, before it has to wait.
    pub attempts_per_address: u32,
    /// Failures older than this are forgotten.
    pub attempt_window: Duration,
}

/// Cost of one Argon2id hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            session_sliding: Duration::from_hours(30 * 24),
            session_absolute: Duration::from_hours(90 * 24),
            max_sessions: u32::try_from(plexichat_model::limits::USER_SESSIONS).unwrap_or(u32::MAX),
            min_password_chars: 10,
            invitation: Duration::from_hours(7 * 24),
            reset_link: Duration::from_hours(24),
            setup_link: Duration::from_hours(7 * 24),
            hash: HashCost { memory_kib: 19_456, iterations: 2, parallelism: 1 },
            hash_threads: 0,
            hash_queue: 64,
            attempts_per_account: 10,
            attempts_per_address: 50,
            attempt_window: Duration::from_mins(15),
        }
    }
}

impl From<&AuthConfig> for AuthOptions {
    fn from(config: &AuthConfig) -> Self {
        let days = |days: u32| Duration::from_hours(u64::from(days) * 24);
        Self {
            session_sliding: days(config.session_sliding_days),
            session_absolute: days(config.session_absolute_days),
            max_sessions: config.max_sessions_per_account,
            min_password_chars: u32::try_from(config.min_password_length).unwrap_or(u32::MAX),
            invitation: days(config.invitation_days),
            reset_link: Duration::from_mins(u64::from(config.reset_link_minutes)),
            hash: HashCost {
                memory_kib: config.argon2_memory_kib,
                iterations: config.argon2_iterations,
                parallelism: config.argon2_parallelism,
            },
            hash_threads: config.argon2_threads,
            hash_queue: config.argon2_queue,
            attempts_per_account: config.login_attempts_per_account,
            attempts_per_address: config.login_attempts_per_address,
            attempt_window: Duration::from_mins(u64::from(config.login_window_minutes)),
            ..Self::default()
        }
    }
}
