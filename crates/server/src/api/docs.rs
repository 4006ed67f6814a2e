//! The docs page: the OpenAPI document as plain HTML, rendered once, no script, nothing from elsewhere.
//!
//! It cannot go stale, because it is written from the document the server was built with, and it shows no person's
//! data. Not here: the document itself (`openapi`), and its copy in docs/reference, which codegen writes.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use plexichat_model::ErrorCode;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::gateway::security_headers::DOCS;

const STYLE: &str = include_str!("docs.css");

/// The document in its two forms.
#[derive(Debug)]
pub(crate) struct Documents {
    json: Bytes,
    html: Bytes,
}

impl Documents {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let value = serde_json::to_value(document).unwrap_or_default();
        Self { json: Bytes::from(value.to_string()), html: Bytes::from(render(&value)) }
    }
}

/// The OpenAPI document.
pub(crate) async fn openapi_json(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], documents.json.clone())
}

/// The page.
pub(crate) async fn page(State(documents): State<Arc<Documents>>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS)),
    ];
    (headers, documents.html.clone())
}

/// Its stylesheet.
pub(crate) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))], STYLE)
}

fn render(document: &Value) -> String {
    let mut operations: Vec<(&str, &str, &str, &Value)> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            operations.push((operation["tags"][0].as_str().unwrap_or("other"), path, method, operation));
        }
    }
    let mut tags: Vec<&str> = operations.iter().map(|(tag, ..)| *tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut html = String::from(HEAD);
    let _ = write!(html, "<p>{}</p><nav>", text(document["info"]["description"].as_str()));
    for tag in &tags {
        let _ = write!(html, "<a href=\"#{0}\">{0}</a> ", escape(tag));
    }
    html.push_str("<a href=\"#schemas\">schemas</a> <a href=\"#errors\">errors</a></nav>");
    for tag in &tags {
        let _ = write!(html, "<section id=\"{0}\"><h2>{0}</h2>", escape(tag));
        for (_, path, method, operation) in operations.iter().filter(|(of, ..)| of == tag) {
            render_operation(&mut html, path, method, operation);
        }
        html.push_str("</section>");
    }
    html.push_str("<section id=\"schemas\"><h2>schemas</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(html, "<article id=\"schema-{0}\"><h3>{0}</h3>", escape(name));
        render_schema(&mut html, schema);
        html.push_str("</article>");
    }
    html.push_str("</section>");
    render_errors(&mut html);
    html.push_str("</main></body></html>");
    html
}

/// The catalogue that the `type` of a problem links to.
fn render_errors(html: &mut String) {
    html.push_str("<section id=\"errors\"><h2>errors</h2><table><tr><th>Code</th><th>Status</th><th>What</th></tr>");
    for code in ErrorCode::ALL {
        let (name, status) = (code.as_str(), code.kind().status());
        let what = escape(code.default_message());
        let _ = write!(html, "<tr id=\"error-{name}\"><td><code>{name}</code></td><td>{status}</td><td>{what}</td></tr>");
    }
    html.push_str("</table></section>");
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>PlexiChat API</title>\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head>\
    <body><main><h1>PlexiChat API</h1><p><a href=\"/api/v1/openapi.json\">OpenAPI document</a></p>";

fn render_operation(html: &mut String, path: &str, method: &str, operation: &Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let _ = write!(
        html,
        "<article id=\"{0}\"><h3><code class=\"{1}\">{2}</code> <code>{3}</code></h3><p>{4} <small>{0}{5}</small></p>",
        escape(id),
        escape(method),
        escape(&method.to_uppercase()),
        escape(path),
        text(operation["summary"].as_str()),
        if operation["security"].as_array().is_some_and(Vec::is_empty) { " · no sign-in needed" } else { "" },
    );
    let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
    if !parameters.is_empty() {
        html.push_str("<table><tr><th>Parameter</th><th>In</th><th>Type</th><th>What</th></tr>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(parameter["name"].as_str()),
                text(parameter["in"].as_str()),
                kind(&parameter["schema"]),
                text(parameter["description"].as_str()),
            );
        }
        html.push_str("</table>");
    }
    if let Some(schema) = operation["requestBody"]["content"]["application/json"].get("schema") {
        let _ = write!(html, "<p>Body: {}</p>", kind(schema));
    }
    html.push_str("<ul>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let bodies = response["content"].as_object().into_iter().flatten();
        let body = bodies.map(|(_, content)| kind(&content["schema"])).collect::<Vec<_>>().join(", ");
        let _ = write!(html, "<li><code>{}</code> {body} {}</li>", escape(status), text(response["description"].as_str()));
    }
    html.push_str("</ul></article>");
}

fn render_schema(html: &mut String, schema: &Value) {
    let _ = write!(html, "<p>{}</p>", text(schema["description"].as_str()));
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|value| format!("<code>{}</code>", text(value.as_str()))).collect();
        let _ = write!(html, "<p>One of {}</p>", values.join(", "));
    }
    let properties = schema["properties"].as_object();
    if let Some(properties) = properties {
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        html.push_str("<table><tr><th>Field</th><th>Type</th><th>What</th></tr>");
        for (name, property) in properties {
            let optional = if required.contains(&name.as_str()) { "" } else { " (optional)" };
            let what = text(property["description"].as_str());
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}{optional}</td><td>{what}</td></tr>",
                escape(name),
                kind(property)
            );
        }
        html.push_str("</table>");
    } else if schema["enum"].is_null() {
        let _ = write!(html, "<p>{}</p>", kind(schema));
    }
    for part in ["oneOf", "allOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        if part["properties"].is_object() {
            render_schema(html, part);
        }
    }
}

/// A schema in a few words, with links.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    for (word, between) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")] {
        if let Some(parts) = schema[word].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(between);
        }
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => {
            escape(schema["format"].as_str().map_or(name.clone(), |format| format!("{name} ({format})")).as_str())
        }
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(escape).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn text(value: Option<&str>) -> String {
    escape(value.unwrap_or_default())
}

fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_comes_from_elsewhere() {
        let document = serde_json::to_value(crate::openapi()).expect("serialises");
        let html = render(&document);
        for id in ["send_message", "gateway", "get_status"] {
            assert!(html.contains(&format!("<article id=\"{id}\">")), "{id} is missing");
        }
        assert!(html.contains("id=\"error-nonce_reused\""));
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"));
    }
}
