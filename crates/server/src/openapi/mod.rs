//! What all operations of the OpenAPI document share: head, credentials, headers, refusals, and the bounds of inputs.
//!
//! The derived part (routes, fields, types) comes from the handlers and the model; here stands what holds for all of them
//! and what the derivation cannot say. The promise is that the document tells the whole truth: a request it allows is not
//! refused as malformed, and one it forbids is not accepted. `scripts/schemathesis/run.py` holds the server to it. Not here:
//! how the document is served and shown (`api::docs`).

mod answers;
mod bounds;
mod patterns;

use plexichat_model::Problem;
use plexichat_model::gateway::{ClientFrame, ServerFrame};
use serde_json::{Value, json};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema as _, ToSchema};

pub use bounds::bound;

use crate::extract::cookie;

/// Operations for everybody, signed in or not.
const PUBLIC: [&str; 7] =
    ["get_setup", "complete_setup", "login", "reset_password", "preview_invitation", "accept_invitation", "gateway"];
/// Writes that are made exactly once by other means, or have no account.
const UNKEYED: [&str; 7] =
    ["complete_setup", "login", "refresh_session", "reset_password", "preview_invitation", "accept_invitation", "send_message"];
/// Operations that look at `If-Match`.
const VERSIONED: [&str; 7] = [
    "update_me",
    "update_user",
    "update_workspace",
    "update_workspace_member",
    "update_channel",
    "edit_message",
    "delete_message",
];
/// Query parameters of which a request has at most one. No JSON schema of single parameters can say it.
const EXCLUSIVE: [(&str, &[&[&str]]); 3] = [
    ("list_messages", &[&["before", "after", "around"]]),
    ("list_thread_messages", &[&["before", "after", "around"]]),
    ("list_users", &[&["ids", "q"], &["ids", "after"]]),
];

/// The document before the routes are in it.
pub(crate) fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("PlexiChat")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Ids are decimal strings. Times are RFC 3339 in UTC with milliseconds. Lists are pages of at most 200 items; pass `next` as \
             `after`. Failures are RFC 9457 problems with a stable `code`. Browsers are known by their cookie, programs by a bearer token.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds what every operation has.
pub(crate) fn complete(mut document: OpenApi) -> Value {
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    ClientFrame::schemas(&mut schemas);
    ServerFrame::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    schemas.push((ClientFrame::name().into_owned(), ClientFrame::schema()));
    schemas.push((ServerFrame::name().into_owned(), ServerFrame::schema()));
    components.schemas.extend(schemas);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    bound(&mut document);
    let components = &mut document["components"];
    components["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": cookie::NAME },
    });
    components["headers"] = answers::headers();
    components["responses"] = answers::refusals();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            finish(operation, path, method != "get");
        }
    }
    document
}

fn finish(operation: &mut Value, path: &str, is_write: bool) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let is_public = PUBLIC.contains(&id.as_str());
    let known = [json!({ "bearer": [] }), json!({ "cookie": [] })];
    operation["security"] = match id.as_str() {
        "accept_invitation" => json!([{}, known[0], known[1]]),
        _ if is_public => json!([]),
        _ => json!(known),
    };
    if is_write && !UNKEYED.contains(&id.as_str()) {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$" });
        header(
            operation,
            "Idempotency-Key",
            "The same key within 24 hours is the same request, answered as the first time",
            &schema,
        );
    }
    if VERSIONED.contains(&id.as_str()) {
        let schema = json!({ "anyOf": [{ "type": "string", "pattern": "^\"[0-9]{1,18}\"$" }, { "const": "*" }] });
        header(operation, "If-Match", "The version of the row in quotes: change it only if it is still this one", &schema);
    }
    if let Some((_, groups)) = EXCLUSIVE.iter().find(|(of, _)| *of == id) {
        operation["x-at-most-one-of"] = json!(groups);
    }
    answers::complete(operation, &id, path, is_write, is_public);
}

fn header(operation: &mut Value, name: &str, text: &str, schema: &Value) {
    let parameter = json!({ "name": name, "in": "header", "required": false, "description": text, "schema": schema });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(list) => list.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Method, path and operation.
    fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
        let paths = document["paths"].as_object().expect("paths");
        paths
            .iter()
            .flat_map(|(path, item)| {
                item.as_object().into_iter().flatten().map(move |(method, of)| (method.as_str(), path.as_str(), of))
            })
            .collect()
    }

    fn id(operation: &Value) -> &str {
        operation["operationId"].as_str().expect("an id")
    }

    #[test]
    fn it_is_openapi_3_1_and_every_operation_is_whole() {
        let document = crate::openapi();
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for (method, path, operation) in operations(&document) {
            let id = id(operation);
            assert!(ids.insert(id), "{id} is there twice");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let answers = operation["responses"].as_object().expect("responses");
            assert!(answers.contains_key("500") && !answers.contains_key("default"), "{id} does not list its refusals");
            let names: BTreeSet<_> =
                operation["parameters"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(names.contains(part), "{id} does not describe {part}");
            }
        }
    }

    #[test]
    fn every_list_names_operations_that_are_there() {
        let document = crate::openapi();
        let ids: BTreeSet<&str> = operations(&document).iter().map(|(.., operation)| id(operation)).collect();
        let exclusive = EXCLUSIVE.iter().map(|(id, _)| id);
        for named in PUBLIC.iter().chain(&UNKEYED).chain(&VERSIONED).chain(exclusive) {
            assert!(ids.contains(named), "{named} is no operation");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = crate::openapi();
        let text = document.to_string();
        for kind in ["schemas", "responses", "headers"] {
            let there = document["components"][kind].as_object().expect("components");
            for name in text.split(&format!("#/components/{kind}/")).skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(there.contains_key(name), "{kind}/{name} is missing");
            }
        }
    }
}
