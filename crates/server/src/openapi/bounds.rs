//! How long, how many, which characters: what the types of a request do not say.
//!
//! One table by schema and field, from the same constants by which the verbs refuse. A test walks every body and parameter
//! and fails where a text, list or number has no bound here.

use plexichat_audit::Action;
use plexichat_auth::access::roles::CHANNEL_BITS;
use plexichat_keys::nodes::LONGEST_HOURS;
use plexichat_keys::recovery::LONGEST_ENTRY;
use plexichat_model::limits;
use serde_json::{Value, json};

use super::patterns;

/// Longest e-mail address (RFC 5321), and so the longest that is typed at sign-in.
const ADDRESS: usize = 254;

fn text(least: usize, most: usize, pattern: &str) -> Value {
    json!({ "minLength": least, "maxLength": most, "pattern": pattern })
}

fn list(least: usize, most: usize) -> Value {
    json!({ "minItems": least, "maxItems": most })
}

fn number(least: i64, most: i64) -> Value {
    json!({ "minimum": least, "maximum": most })
}

fn name() -> Value {
    text(1, limits::NAME_CHARS, &patterns::name())
}

fn topic() -> Value {
    text(0, limits::TOPIC_CHARS, &patterns::topic())
}

fn display_name() -> Value {
    text(1, limits::DISPLAY_NAME_CHARS, &patterns::display_name())
}

fn handle() -> Value {
    text(2, limits::HANDLE_CHARS + 1, patterns::HANDLE)
}

fn email() -> Value {
    text(0, ADDRESS, &patterns::email())
}

fn message() -> Value {
    text(1, limits::MESSAGE_CHARS, &patterns::message())
}

fn code() -> Value {
    json!({ "pattern": patterns::CODE })
}

/// A password that is shown, right or wrong.
fn password() -> Value {
    json!({ "maxLength": limits::PASSWORD_BYTES })
}

/// A new password; the least length is a setting, told by `GET /setup`.
fn new_password() -> Value {
    json!({ "minLength": 1, "maxLength": limits::PASSWORD_BYTES })
}

/// Permissions that mean something in a channel.
fn in_channel() -> Value {
    json!({ "items": { "enum": CHANNEL_BITS } })
}

/// Schema, field, bound.
fn fields() -> Vec<(&'static str, &'static str, Value)> {
    let people = |least| list(least, limits::ADD_MEMBERS);
    let number_of_message = number(0, i64::MAX);
    vec![
        ("AcceptInvitation", "code", code()),
        ("AccountPatch", "display_name", display_name()),
        ("AccountPatch", "email", email()),
        ("AccountPatch", "handle", handle()),
        ("AddChannelMembers", "user_ids", people(1)),
        ("ChannelPatch", "name", name()),
        ("ChannelPatch", "topic", topic()),
        ("CursorUpdate", "last_read_number", number_of_message),
        ("InvitationCode", "code", code()),
        ("Login", "device_name", text(0, 120, &patterns::device())),
        ("Login", "login", text(1, ADDRESS, &patterns::login())),
        ("Login", "password", password()),
        ("MessagePatch", "text", message()),
        ("NewAccount", "display_name", display_name()),
        ("NewAccount", "email", email()),
        ("NewAccount", "handle", handle()),
        ("NewAccount", "password", new_password()),
        ("NewChannel", "kind", json!({ "enum": ["public", "private", "announcement"] })),
        ("NewChannel", "member_ids", people(0)),
        ("NewChannel", "name", name()),
        ("NewChannel", "topic", topic()),
        ("NewConversation", "user_ids", list(1, limits::GROUP_MEMBERS)),
        ("NewInvitation", "channel_ids", list(0, limits::INVITATION_CHANNELS)),
        ("NewInvitation", "expires_in_hours", number(1, 8_760)),
        ("NewInvitation", "max_uses", number(1, 10_000)),
        ("NewMessage", "read_up_to", number(i64::MIN, i64::MAX)),
        ("NewMessage", "text", message()),
        ("NewNodeInvitation", "expires_in_hours", number(1, i64::from(LONGEST_HOURS))),
        ("NewUser", "display_name", display_name()),
        ("NewUser", "email", email()),
        ("NewUser", "handle", handle()),
        ("NewWorkspace", "description", topic()),
        ("NewWorkspace", "name", name()),
        ("OverrideList", "overrides", list(0, limits::CHANNEL_OVERRIDES)),
        ("PasswordChange", "current", password()),
        ("PasswordChange", "new", new_password()),
        ("PasswordReset", "code", code()),
        ("PasswordReset", "password", new_password()),
        ("PermissionOverride", "allow", in_channel()),
        ("PermissionOverride", "deny", in_channel()),
        ("RecoveryKitProof", "words", json!({ "minLength": 1, "maxLength": LONGEST_ENTRY })),
        ("Setup", "code", code()),
        ("Setup", "workspace_name", name()),
        ("WorkspacePatch", "description", topic()),
        ("WorkspacePatch", "name", name()),
    ]
}

/// Rules between the fields of a schema.
fn whole() -> Vec<(&'static str, Value)> {
    let guest = json!({ "required": ["role"], "properties": { "role": { "const": "guest" } } });
    let placed = json!({ "required": ["channel_ids"], "properties": { "channel_ids": { "minItems": 1 } } });
    vec![("NewInvitation", json!({ "if": guest, "then": placed })), ("Permissions", json!({ "maxItems": 64 }))]
}

/// What a parameter may be, by its name and the type it has; names mean the same everywhere.
fn parameter(name: &str, kind: &str) -> Option<Value> {
    Some(match (name, kind) {
        ("emoji", _) => text(1, limits::EMOJI_BYTES, &patterns::emoji()),
        ("ids", _) => json!({ "pattern": patterns::ids(limits::LOOKUP_IDS) }),
        ("q" | "epoch", _) => json!({ "pattern": patterns::NO_NUL }),
        ("after" | "target", "string") => json!({ "pattern": patterns::id() }),
        ("action", _) => json!({ "enum": Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>() }),
        ("number" | "since", "integer") => number(0, i64::MAX),
        ("from_ms" | "until_ms" | "before" | "after" | "around", "integer") => number(i64::MIN, i64::MAX),
        _ => return None,
    })
}

fn merge(into: &mut Value, what: Value) {
    if let (Some(into), Value::Object(what)) = (into.as_object_mut(), what) {
        into.extend(what);
    }
}

/// Writes the bounds into a document's schemas and parameters.
pub fn bound(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    for (schema, field, what) in fields() {
        if let Some(property) = schemas.get_mut(schema).and_then(|schema| schema["properties"].get_mut(field)) {
            merge(property, what);
        }
    }
    for (schema, what) in whole() {
        if let Some(schema) = schemas.get_mut(schema) {
            merge(schema, what);
        }
    }
    // Of a variant nothing else is taken.
    for path in ["/OverrideTarget/oneOf", "/KeyTaskTarget/oneOf", "/RecoveryKitOrder/oneOf"] {
        for variant in schemas.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten() {
            variant["additionalProperties"] = json!(false);
        }
    }
    for item in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(|paths| paths.values_mut()) {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            for of in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                let name = of["name"].as_str().unwrap_or_default();
                let kind = of["schema"]["type"].as_str().unwrap_or_default();
                if let Some(what) = parameter(name, kind) {
                    // A position in a journal has its own least value.
                    let least = of["schema"].get("minimum").cloned();
                    merge(&mut of["schema"], what);
                    if let Some(least) = least {
                        of["schema"]["minimum"] = least;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Collects where something unbounded stands below a schema.
    fn walk(document: &Value, schema: &Value, place: &str, seen: &mut BTreeSet<String>, open: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            let beside = schema.get("items").is_some() || schema.get("enum").is_some();
            if !beside && seen.insert(name.to_owned()) {
                walk(document, &document["components"]["schemas"][name], name, seen, open);
            }
            return;
        }
        for word in ["oneOf", "allOf", "anyOf"] {
            for part in schema[word].as_array().into_iter().flatten() {
                walk(document, part, place, seen, open);
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            walk(document, property, &format!("{place}.{name}"), seen, open);
        }
        let types = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let has = |word: &str| schema.get(word).is_some();
        if types.contains(&"string") && !["enum", "pattern", "maxLength", "format"].iter().any(|word| has(word)) {
            open.push(format!("{place}: text"));
        }
        if types.contains(&"integer") && !(has("minimum") && has("maximum")) {
            open.push(format!("{place}: number"));
        }
        if types.contains(&"array") {
            if !has("maxItems") {
                open.push(format!("{place}: list"));
            }
            walk(document, &schema["items"], place, seen, open);
        }
        if types.contains(&"object") && schema["additionalProperties"] != json!(false) {
            open.push(format!("{place}: further fields"));
        }
    }

    #[test]
    fn everything_that_is_taken_has_a_bound() {
        let document = crate::openapi();
        let (mut seen, mut open) = (BTreeSet::new(), Vec::new());
        for item in document["paths"].as_object().expect("paths").values() {
            for operation in item.as_object().expect("an item").values() {
                let id = operation["operationId"].as_str().expect("an id");
                walk(&document, &operation["requestBody"]["content"]["application/json"]["schema"], id, &mut seen, &mut open);
                for of in operation["parameters"].as_array().into_iter().flatten() {
                    walk(&document, &of["schema"], &format!("{id} {}", of["name"]), &mut seen, &mut open);
                }
            }
        }
        assert!(open.is_empty(), "without a bound:\n{}", open.join("\n"));
    }

    #[test]
    fn every_line_of_the_table_meets_a_field() {
        let document = crate::openapi();
        for (schema, field, _) in fields() {
            assert!(document["components"]["schemas"][schema]["properties"][field].is_object(), "there is no {schema}.{field}");
        }
        for (schema, _) in whole() {
            assert!(document["components"]["schemas"][schema].is_object(), "there is no {schema}");
        }
    }
}
