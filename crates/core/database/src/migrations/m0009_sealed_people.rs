//! 0009: names of people and of their devices, sealed; the columns that had them open are written empty from here on.

use crate::schema::{Column as C, Step};

/// The steps in order.
pub(super) fn steps() -> Vec<Step> {
    // Empty in rows of an earlier version until the first start has sealed them.
    vec![Step::AddColumn("users", C::blob("sealed").null()), Step::AddColumn("sessions", C::blob("sealed").null())]
}
