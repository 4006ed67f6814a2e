//! `[limits]`: how often one account or one address may do what.
//!
//! The rates alone; counting is the work of the server. Bounds on sizes and numbers that clients
//! rely on are not configurable and stand in `plexichat-model`.

use super::problem::Checker;
use super::rate::Rate;
use super::section::{CrossCheck, section};

section! {
    /// How often one account or one address may do what. A rate is so many per second, minute or
    /// hour, and a burst that may come at once: "300/minute burst 60". "off" lifts one limit.
    LimitsConfig in "limits" {
        /// Whether the rates of this section count. For load tests and closed networks.
        enabled: bool = true, live;
        /// Requests without a session, per address.
        anonymous_per_address: Rate = Rate::per_minute(120, 60), live;
        /// Sign-ins, sign-ups and other requests that check a password or a link, per address.
        sign_in_per_address: Rate = Rate::per_minute(30, 15), live;
        /// Requests that read, per account.
        read_per_account: Rate = Rate::per_minute(1_800, 600), live;
        /// Requests that write, messages aside, per account.
        write_per_account: Rate = Rate::per_minute(300, 100), live;
        /// Messages sent, edited or deleted, per account.
        message_per_account: Rate = Rate::per_minute(240, 60), live;
        /// Requests of administration, per account.
        admin_per_account: Rate = Rate::per_minute(600, 200), live;
        /// All requests with a session, per address. High, because an office shares one.
        session_per_address: Rate = Rate::per_minute(18_000, 6_000), live;
        /// New connections of the gateway, per address.
        connect_per_address: Rate = Rate::per_minute(300, 100), live;
        /// Commands on one socket of the gateway.
        command_per_socket: Rate = Rate::per_minute(600, 120), live;
    }
}

impl LimitsConfig {
    /// `rate` if limits are enabled, else [`Rate::Off`].
    pub fn effective(&self, rate: Rate) -> Rate {
        if self.enabled { rate } else { Rate::Off }
    }
}

impl CrossCheck for LimitsConfig {
    fn cross_check(&self, checker: &mut Checker<'_>) {
        if !self.enabled {
            checker.warning("limits.enabled", "no request is limited", "turn it on outside of load tests");
        } else if self.sign_in_per_address == Rate::Off {
            checker.warning(
                "limits.sign_in_per_address",
                "passwords may be guessed as fast as they can be checked",
                "set a rate",
            );
        }
    }
}
