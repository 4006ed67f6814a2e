//! Schemas on the page: fields with their types and bounds, in words and with links.

use std::fmt::Write as _;

use serde_json::Value;

use super::page::{escape, words};

pub(super) fn render_schema(html: &mut String, schema: &Value) {
    if let Some(text) = schema["description"].as_str() {
        let _ = write!(html, "<p>{}</p>", words(Some(text)));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|value| format!("<code>{}</code>", words(value.as_str()))).collect();
        let _ = write!(html, "<p>One of {}</p>", values.join(", "));
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        html.push_str("<dl>");
        for (name, property) in properties {
            let optional = if required.contains(&name.as_str()) { "" } else { " <small>optional</small>" };
            let what = words(property["description"].as_str());
            let _ = write!(
                html,
                "<div><dt><code>{}</code>{optional}</dt><dd><div class=\"kind\">{}</div>{what}</dd></div>",
                escape(name),
                kind(property)
            );
        }
        html.push_str("</dl>");
    } else if schema["enum"].is_null() && schema["oneOf"].is_null() {
        let _ = write!(html, "<p>{}</p>", kind(schema));
    }
    for part in ["oneOf", "allOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten() {
        if part["properties"].is_object() || part["enum"].is_array() {
            render_schema(html, part);
        } else {
            let _ = write!(html, "<p>{}</p>", kind(part));
        }
    }
}

/// A schema in a few words, with links.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    for (word, between) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")] {
        if let Some(parts) = schema[word].as_array() {
            let said: Vec<String> = parts.iter().filter(|part| part["type"] != "null").map(kind).collect();
            return said.join(between);
        }
    }
    if let Some(value) = schema["const"].as_str() {
        return format!("<code>{}</code>", escape(value));
    }
    let name = match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => escape(name),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").map(escape).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    };
    format!("<span class=\"type\">{name}{}</span>", bounds(schema))
}

/// How long, how many, how large.
fn bounds(schema: &Value) -> String {
    let format =
        schema["format"].as_str().filter(|format| !format.starts_with("int")).map(|format| format!(" ({})", escape(format)));
    let range = |least: &str, most: &str, unit: &str| {
        // The bounds of 64 bits are no news.
        let number = |word: &str| schema[word].as_i64().filter(|number| !matches!(*number, i64::MIN | i64::MAX));
        match (number(least), number(most)) {
            (Some(least), Some(most)) => format!(", {least} to {most}{unit}"),
            (None, Some(most)) => format!(", at most {most}{unit}"),
            (Some(least), None) => format!(", at least {least}{unit}"),
            (None, None) => String::new(),
        }
    };
    [
        format.unwrap_or_default(),
        range("minLength", "maxLength", " characters"),
        range("minItems", "maxItems", ""),
        range("minimum", "maximum", ""),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bounds_are_told() {
        let told = |schema| kind(&schema);
        assert_eq!(
            told(json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 80 })),
            "<span class=\"type\">string, 1 to 80 characters</span>"
        );
        assert_eq!(
            told(json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX })),
            "<span class=\"type\">integer, at least 0</span>"
        );
    }
}
