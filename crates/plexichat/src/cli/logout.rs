//! `plexichat logout`.

use super::{
    context::{Context, is_signed_out},
    output,
};

/// End the remembered session
#[derive(clap::Args)]
pub(super) struct Logout {}

impl Logout {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let server = context.server()?;
        let ended = context.client()?.logout().await;
        match ended {
            Ok(()) => {}
            // It had ended already.
            Err(error) if is_signed_out(error.code()) => {}
            Err(error) => return Err(error.into()),
        }
        context.credentials()?.forget(&server)?;
        if context.is_json() {
            return output::json(&serde_json::json!({ "server": server, "signed_in": false }));
        }
        Ok(output::line(format!("Signed out of {server}."))?)
    }
}
