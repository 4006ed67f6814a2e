//! What each operation answers besides its own success: the refusals that are possible, and the headers.
//!
//! There is no `default`: a status that is not listed is a defect, of the document or of the server. A refusal's body names
//! the codes of its status, so that a wrong pairing of the two is one as well.

use plexichat_model::ErrorCode;
use serde_json::{Map, Value, json};

use super::UNKEYED;

/// Statuses of refusals: name of the component, what happened.
const REFUSALS: [(u16, &str, &str); 12] = [
    (400, "Invalid", "The request is wrong by itself; `field` says where"),
    (401, "Unauthenticated", "Nobody is signed in, or what was shown to prove it is wrong or has ended"),
    (403, "Forbidden", "Not permitted"),
    (404, "NotFound", "Something named by the address or the body does not exist, or the caller may not know that it does"),
    (405, "MethodNotAllowed", "The address does not take this method"),
    (409, "Conflict", "Fine by itself, but it does not fit the present state or the caller"),
    (413, "TooLarge", "Larger than a named bound, or a limit is reached"),
    (415, "UnsupportedMediaType", "The body is not JSON"),
    (426, "UpgradeRequired", "The address speaks WebSocket; connect with a WebSocket client"),
    (429, "RateLimited", "Too often; `Retry-After` says when again"),
    (500, "Internal", "A defect or an unforeseen fault of the server"),
    (503, "Unavailable", "Not possible at this moment; the same request may succeed later"),
];

/// Operations that name something outside of the path: a code of a link, an account.
const NAMING: [&str; 6] =
    ["complete_setup", "reset_password", "preview_invitation", "accept_invitation", "open_conversation", "order_key_task"];
/// Operations that do not look at who is signed in.
const BLIND: [&str; 3] = ["get_setup", "preview_invitation", "gateway"];
/// Operations without a key that can meet another state than they expect.
const CONTENDED: [&str; 5] = ["complete_setup", "accept_invitation", "send_message", "get_snapshot", "get_audit_checkpoint"];
/// Operations that answer one row, with its version as `ETag`.
const TAGGED: [&str; 14] = [
    "get_account",
    "get_me",
    "update_me",
    "get_user",
    "update_user",
    "get_workspace",
    "update_workspace",
    "update_workspace_member",
    "get_channel",
    "update_channel",
    "update_membership",
    "update_cursor",
    "get_message",
    "edit_message",
];
/// Operations that begin or end a session in a browser.
const COOKIES: [&str; 5] = ["complete_setup", "login", "logout", "refresh_session", "accept_invitation"];

/// Reusable headers.
pub(super) fn headers() -> Value {
    let header =
        |text: &str, required: bool, schema: Value| json!({ "description": text, "required": required, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "X-Request-Id": header("Names the request in the logs: the client's own plain word, else a random one", true,
            json!({ "type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$" })),
        "RateLimit": header("What is left of the tightest limit: `\"class\";r=left;t=seconds`", false, text()),
        "RateLimit-Policy": header("The limit: `\"class\";q=requests;w=seconds`", false, text()),
        "Retry-After": header("Seconds until it makes sense again", false, json!({ "type": "integer", "minimum": 1 })),
        "WWW-Authenticate": header("How to say who one is", true, text()),
        "Upgrade": header("What to speak instead", true, json!({ "const": "websocket" })),
        "Allow": header("The methods the address takes", true, text()),
        "ETag": header("Version of the row in quotes, for `If-Match`", true,
            json!({ "type": "string", "pattern": "^\"[0-9]{1,19}\"$" })),
        "Set-Cookie": header("The session, for browsers", false, text()),
        "Idempotency-Replayed": header("`true` when this is the answer of an earlier request with the same key", false,
            json!({ "type": "string", "enum": ["true"] })),
    })
}

fn refer(names: &[&str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))).collect()
}

/// Reusable refusals.
pub(super) fn refusals() -> Value {
    let of = |(status, name, text): (u16, &str, &str)| {
        let codes: Vec<&str> = ErrorCode::ALL.iter().filter(|code| code.status() == status).map(|code| code.as_str()).collect();
        let mut headers = refer(&["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
        headers.extend(match status {
            401 => refer(&["WWW-Authenticate"]),
            405 => refer(&["Allow"]),
            426 => refer(&["Upgrade"]),
            429 | 503 => refer(&["Retry-After"]),
            _ => Map::new(),
        });
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            { "type": "object", "properties": { "status": { "const": status }, "code": { "enum": codes } } },
        ] });
        let response = json!({
            "description": text,
            "headers": headers,
            "content": { "application/problem+json": { "schema": schema } },
        });
        (name.to_owned(), response)
    };
    REFUSALS.into_iter().map(of).collect::<Map<_, _>>().into()
}

/// Lists what an operation may answer.
pub(super) fn complete(operation: &mut Value, id: &str, path: &str, is_write: bool, is_public: bool) {
    let has_body = operation.get("requestBody").is_some();
    let has_place =
        |place: &str| operation["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["in"] == place);
    let is_checked = has_body || has_place("query") || has_place("header") || id == "gateway";
    let is_keyed = is_write && !UNKEYED.contains(&id);
    let possible = [
        (400, is_checked),
        (401, !BLIND.contains(&id)),
        (403, is_write || !is_public || id == "gateway"),
        (404, path.contains('{') || NAMING.contains(&id)),
        (409, is_keyed || CONTENDED.contains(&id)),
        (413, is_write),
        (415, has_body),
        (426, id == "gateway"),
        (429, true),
        (500, true),
        (503, true),
    ];
    let mut own = refer(&["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
    if TAGGED.contains(&id) {
        own.extend(refer(&["ETag"]));
    }
    if COOKIES.contains(&id) {
        own.extend(refer(&["Set-Cookie"]));
    }
    if is_keyed {
        own.extend(refer(&["Idempotency-Replayed"]));
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    responses.remove("default");
    for response in responses.values_mut() {
        response["headers"] = Value::Object(own.clone());
    }
    for (status, _) in possible.into_iter().filter(|(_, possible)| *possible) {
        if let Some((_, name, _)) = REFUSALS.iter().find(|(of, ..)| *of == status) {
            responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_refusal() {
        for code in ErrorCode::ALL {
            // A rule of the workspace refuses nothing yet.
            let known = REFUSALS.iter().any(|(status, ..)| *status == code.status());
            assert!(known || *code == ErrorCode::Rejected, "{code} is answered with a status that no operation lists");
        }
    }

    #[test]
    fn every_list_names_operations_that_are_there() {
        let text = crate::openapi().to_string();
        for id in NAMING.iter().chain(&BLIND).chain(&CONTENDED).chain(&TAGGED).chain(&COOKIES) {
            assert!(text.contains(&format!("\"operationId\":\"{id}\"")), "{id} is no operation");
        }
    }
}
