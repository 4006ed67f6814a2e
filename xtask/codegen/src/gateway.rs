//! The page of the realtime protocol: every frame, event and close code, with examples.
//!
//! Each example is made from the schema and read back into the Rust type before it is written, so
//! the page cannot show what the server would not understand. The words between the tables are the
//! module documentation of `plexichat-model::gateway`, repeated here for readers of the protocol.

use std::fmt::Write as _;

use anyhow::Context as _;
use plexichat_model::Event;
use plexichat_model::gateway::{ClientFrame, CloseCode, ServerFrame};
use serde_json::Value;
use utoipa::OpenApi;

use crate::schema::{Schemas, description, reference, strings, types};

/// The words of the gateway, which stand in no REST operation.
#[derive(OpenApi)]
#[openapi(components(schemas(ClientFrame, ServerFrame)))]
pub(crate) struct Words;

const OPENING: &str = "# The gateway: realtime protocol

Written by `cargo run -p xtask -- codegen` from `crates/model/src/gateway.rs` and `event.rs`.

`GET /api/v1/gateway` upgrades to a WebSocket. Both sides send JSON text frames of at most 64 KiB, without
compression; the field `op` names the frame. Unknown fields and unknown events are skipped by readers.

1. The server says `hello`.
2. The client answers `identify` within 10 seconds. A browser is known by its cookie and its `Origin` is
   checked; every other client puts its token into this frame, never into the address. With the `vector` it
   holds (its position in each journal) it resumes at any node.
3. The server says `ready`, then `changes` for each journal that moved, then live `event` frames, strictly in
   version order per journal. There are no gaps: a version without anything to show travels as `nothing`.
4. The client says `ping` every `heartbeat_ms`. Commands carry an `id` of the client's choice, which `result`
   or `error` repeats.

A reader ignores a row older than the one it holds (compare `version`), then sets its position in the journal
to the version of the event. Applying an event twice is harmless.
";

pub(crate) fn page() -> anyhow::Result<String> {
    let document = serde_json::to_value(Words::openapi())?;
    let schemas = Schemas::of(&document)?;
    let mut out = String::from(OPENING);
    out.push_str("\n## Frames from the client\n");
    for variant in schemas.variants("ClientFrame")? {
        frame::<ClientFrame>(&mut out, &schemas, variant)?;
    }
    out.push_str("\n## Frames from the server\n");
    for variant in schemas.variants("ServerFrame")? {
        frame::<ServerFrame>(&mut out, &schemas, variant)?;
    }
    events(&mut out, &schemas)?;
    out.push_str("\n## Close codes\n\n| code | what happened, what to do |\n|---|---|\n");
    for code in CloseCode::ALL {
        let _ = writeln!(out, "| {} | {} |", code.number(), code.describe());
    }
    out.push_str("\n## Words used above\n");
    for (name, schema) in schemas.0 {
        if !["ClientFrame", "ServerFrame", "Event", "ErrorCode", "JournalEvent"].contains(&name.as_str()) {
            word(&mut out, &schemas, name, schema)?;
        }
    }
    Ok(out)
}

fn frame<T: serde::de::DeserializeOwned>(out: &mut String, schemas: &Schemas, variant: &Value) -> anyhow::Result<()> {
    let example = schemas.example(variant)?;
    let name = example["op"].as_str().context("a frame without `op`")?.to_owned();
    serde_json::from_value::<T>(example.clone())
        .with_context(|| format!("the example of `{name}` is not understood: {example}"))?;
    let _ = write!(out, "\n### `{name}`\n\n{}\n", description(variant));
    let fields = schemas.fields(variant)?;
    let told = fields.iter().filter(|field| field.name != "op");
    table(out, told.map(|field| (field.name, field.schema, field.required)));
    let _ = write!(out, "\n```json\n{example}\n```\n");
    Ok(())
}

fn events(out: &mut String, schemas: &Schemas) -> anyhow::Result<()> {
    out.push_str(
        "\n## Events\n\nWhat an `event` frame, a `changes` frame and `GET …/changes` carry: the new state of one row.\n\n\
         | type | journal | data | meaning |\n|---|---|---|---|\n",
    );
    for variant in schemas.variants("Event")? {
        let example = schemas.example(variant)?;
        let event: Event = serde_json::from_value(example.clone())
            .with_context(|| format!("the example of an event is not understood: {example}"))?;
        let journal = event.journal_kind().map_or("any", plexichat_model::JournalKind::as_str);
        let data = variant.pointer("/properties/data").unwrap_or(&Value::Null);
        let fields: Vec<String> = schemas
            .fields(data)?
            .iter()
            .map(|field| {
                let mark = if field.required { "" } else { "?" };
                format!("`{}{mark}`: {}", field.name, type_name(field.schema))
            })
            .collect();
        let _ =
            writeln!(out, "| `{}` | {journal} | {} | {} |", event.type_name(), fields.join(", "), cell(&description(variant)));
    }
    Ok(())
}

fn word(out: &mut String, schemas: &Schemas, name: &str, schema: &Value) -> anyhow::Result<()> {
    let _ = write!(out, "\n### {name}\n\n{}\n", description(schema));
    let values = strings(schema.get("enum"));
    if !values.is_empty() {
        let _ = write!(out, "\nOne of `{}`.\n", values.join("`, `"));
    }
    if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
        for variant in variants {
            let names = strings(variant.get("enum")).join("`, `");
            if !names.is_empty() {
                let _ = write!(out, "\n- `{names}`: {}", description(variant));
            }
        }
        out.push('\n');
    }
    let fields = schemas.fields(schema)?;
    table(out, fields.iter().map(|field| (field.name, field.schema, field.required)));
    Ok(())
}

fn table<'a>(out: &mut String, fields: impl Iterator<Item = (&'a str, &'a Value, bool)>) {
    let mut fields = fields.peekable();
    if fields.peek().is_none() {
        return;
    }
    out.push_str("\n| field | type | meaning |\n|---|---|---|\n");
    for (name, schema, required) in fields {
        let mark = if required { "" } else { "?" };
        let _ = writeln!(out, "| `{name}{mark}` | {} | {} |", type_name(schema), cell(&description(schema)));
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The type of a field for people, with links to the words of the page.
fn type_name(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return match name {
            "ErrorCode" => "[ErrorCode](errors.md)".to_owned(),
            "Event" | "JournalEvent" => "[event](#events)".to_owned(),
            _ => format!("[{name}](#{})", name.to_lowercase()),
        };
    }
    if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
        let named: Vec<_> = variants.iter().map(type_name).filter(|name| !name.is_empty()).collect();
        return named.join(" or ");
    }
    let values = strings(schema.get("enum"));
    if !values.is_empty() {
        return format!("`{}`", values.join("`, `"));
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", type_name(items));
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        return format!("map of {}", type_name(values));
    }
    types(schema).join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_frame_and_close_code() {
        let page = page().expect("written");
        for heading in ["### `identify`", "### `send`", "### `hello`", "### `event`", "| `message_created` | channel |"] {
            assert!(page.contains(heading), "{heading}");
        }
        for code in CloseCode::ALL {
            assert!(page.contains(&format!("| {} |", code.number())));
        }
    }
}
