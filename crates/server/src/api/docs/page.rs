//! The page as text: navigation, operations by tag, schemas, errors.
//!
//! Everything the document says is escaped; what stands in backticks becomes code. Each operation, schema, status and code
//! has an anchor, and every link within the page leads to one. Not here: how a schema is told (`schema`), the colours
//! (`style.css`).

use std::fmt::Write as _;

use plexichat_model::ErrorCode;
use serde_json::Value;

use super::schema::{kind, render_schema};

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>PlexiChat API</title>\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
    <link rel=\"stylesheet\" href=\"/api/docs/style.css\"></head><body><a class=\"skip\" href=\"#content\">Skip to the content</a>";

struct Operation<'a> {
    tag: &'a str,
    path: &'a str,
    method: &'a str,
    of: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.of["operationId"].as_str().unwrap_or_default()
    }
}

pub(super) fn render(document: &Value) -> String {
    let mut operations: Vec<Operation<'_>> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, of) in item.as_object().into_iter().flatten() {
            operations.push(Operation { tag: of["tags"][0].as_str().unwrap_or("other"), path, method, of });
        }
    }
    let mut tags: Vec<&str> = operations.iter().map(|operation| operation.tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut html = String::from(HEAD);
    navigation(&mut html, &tags, &operations);
    let version = escape(document["info"]["version"].as_str().unwrap_or_default());
    let about = words(document["info"]["description"].as_str());
    let _ = write!(
        html,
        "<main id=\"content\"><header><h1>PlexiChat API <small>{version}</small></h1><p>{about}</p>\
         <p><a href=\"/api/v1/openapi.json\">OpenAPI 3.1 document</a></p></header>"
    );
    for tag in &tags {
        let _ = write!(html, "<section id=\"{0}\"><h2>{0}</h2>", escape(tag));
        for operation in operations.iter().filter(|operation| operation.tag == *tag) {
            render_operation(&mut html, operation);
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

fn navigation(html: &mut String, tags: &[&str], operations: &[Operation<'_>]) {
    html.push_str("<nav aria-label=\"Contents\"><ul>");
    for tag in tags {
        let _ = write!(html, "<li><a href=\"#{0}\">{0}</a><ul>", escape(tag));
        for operation in operations.iter().filter(|operation| operation.tag == *tag) {
            let _ = write!(html, "<li><a href=\"#{0}\">{0}</a></li>", escape(operation.id()));
        }
        html.push_str("</ul></li>");
    }
    html.push_str("<li><a href=\"#schemas\">schemas</a></li><li><a href=\"#errors\">errors</a></li></ul></nav>");
}

/// The catalogue that the `type` of a problem links to, and what each status means.
fn render_errors(html: &mut String) {
    html.push_str(
        "<section id=\"errors\"><h2>errors</h2><div class=\"wide\"><table><thead><tr><th>Code</th><th>Status</th><th>What</th></tr></thead><tbody>",
    );
    let mut seen = Vec::new();
    let mut codes: Vec<&ErrorCode> = ErrorCode::ALL.iter().collect();
    codes.sort_by_key(|code| code.status());
    for code in codes {
        let (name, status) = (code.as_str(), code.status());
        let anchor = if seen.contains(&status) { String::new() } else { format!(" id=\"status-{status}\"") };
        seen.push(status);
        let _ = write!(
            html,
            "<tr id=\"error-{name}\"><td><code>{name}</code></td><td{anchor}>{status}</td><td>{}</td></tr>",
            words(Some(code.default_message()))
        );
    }
    html.push_str("</tbody></table></div></section>");
}

fn render_operation(html: &mut String, operation: &Operation<'_>) {
    let Operation { path, method, of, .. } = operation;
    let open =
        of["security"].as_array().is_some_and(|all| all.iter().all(|one| one.as_object().is_none_or(serde_json::Map::is_empty)));
    let _ = write!(
        html,
        "<article id=\"{0}\"><h3><a href=\"#{0}\">{1}</a></h3><p class=\"line\"><code class=\"method {2}\">{3}</code> <code>{4}</code></p>\
         <p class=\"quiet\"><code>{0}</code>{5}</p>",
        escape(operation.id()),
        words(of["summary"].as_str()),
        escape(method),
        escape(&method.to_uppercase()),
        escape(path),
        if open { " · no sign-in needed" } else { "" },
    );
    render_parameters(html, of);
    if let Some(schema) = of["requestBody"]["content"]["application/json"].get("schema") {
        let _ = write!(html, "<h4>Body</h4><p>{}</p>", kind(schema));
    }
    html.push_str("<h4>Answers</h4><ul class=\"answers\">");
    let mut refused = Vec::new();
    for (status, response) in of["responses"].as_object().into_iter().flatten() {
        if response.get("$ref").is_some() {
            refused.push(format!("<a href=\"#status-{0}\">{0}</a>", escape(status)));
            continue;
        }
        let bodies = response["content"].as_object().into_iter().flatten();
        let body = bodies.map(|(_, content)| kind(&content["schema"])).collect::<Vec<_>>().join(", ");
        let _ = write!(
            html,
            "<li><code class=\"ok\">{}</code> {body} {}</li>",
            escape(status),
            words(response["description"].as_str())
        );
    }
    let _ = write!(html, "<li class=\"quiet\">Refused with {}</li></ul></article>", refused.join(" "));
}

fn render_parameters(html: &mut String, operation: &Value) {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten().peekable();
    if parameters.peek().is_none() {
        return;
    }
    html.push_str("<h4>Parameters</h4><dl>");
    for parameter in parameters {
        let must = if parameter["required"] == true { "" } else { " · optional" };
        let _ = write!(
            html,
            "<div><dt><code>{}</code> <small>{}{must}</small></dt><dd><div class=\"kind\">{}</div>{}</dd></div>",
            escape(parameter["name"].as_str().unwrap_or_default()),
            escape(parameter["in"].as_str().unwrap_or_default()),
            kind(&parameter["schema"]),
            words(parameter["description"].as_str()),
        );
    }
    html.push_str("</dl>");
    for group in operation["x-at-most-one-of"].as_array().into_iter().flatten() {
        let names: Vec<String> = group.as_array().into_iter().flatten().filter_map(Value::as_str).map(escape).collect();
        let _ = write!(html, "<p class=\"quiet\">At most one of <code>{}</code></p>", names.join("</code>, <code>"));
    }
}

/// A text of the document: what stands in backticks is code.
pub(super) fn words(text: Option<&str>) -> String {
    let mut out = String::new();
    for (at, part) in text.unwrap_or_default().split('`').enumerate() {
        let part = escape(part);
        let (open, close) = if at % 2 == 1 { ("<code>", "</code>") } else { ("", "") };
        out.extend([open, &part, close]);
    }
    out
}

pub(super) fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_comes_from_elsewhere() {
        let html = render(&crate::openapi());
        for id in ["send_message", "gateway", "get_status"] {
            assert!(html.contains(&format!("<article id=\"{id}\">")), "{id} is missing");
        }
        assert!(html.contains("id=\"error-nonce_reused\""));
        assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"));
    }

    #[test]
    fn every_link_within_the_page_leads_somewhere() {
        let html = render(&crate::openapi());
        for target in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!("id=\"{target}\"")), "#{target} is missing");
        }
    }

    #[test]
    fn what_a_document_says_is_no_markup() {
        assert_eq!(words(Some("a `<b>` & c")), "a <code>&lt;b&gt;</code> &amp; c");
    }
}
