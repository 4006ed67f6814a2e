//! TypeScript types of the web client, from the schemas of the API and of the gateway.
//!
//! Each schema becomes one exported type of the same name. Optional fields are `name?: T`: the server
//! leaves out what is absent and never writes `null` there. Written by a function of ours, so that
//! the build needs no further Node program.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::schema::{self, Schemas, description, is_null, is_nullable, reference, strings};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Every schema of `document` as a type, followed by the table of its operations.
pub(crate) fn render(document: &Value) -> anyhow::Result<String> {
    let schemas = Schemas::of(document)?;
    let mut out = String::from("// Written by `cargo run -p xtask -- codegen` from the types of the server. Do not edit.\n");
    for (name, schema) in schemas.0 {
        out.push('\n');
        comment(&mut out, "", schema);
        let text = type_of(schema, "")?;
        let space = if text.starts_with('\n') { "" } else { " " };
        let _ = writeln!(out, "export type {name} ={space}{text};");
    }
    if let Some(paths) = document.get("paths").and_then(Value::as_object) {
        operations(&mut out, paths)?;
    }
    Ok(out)
}

fn comment(out: &mut String, indent: &str, schema: &Value) {
    let text = description(schema).replace("*/", "* /");
    if !text.is_empty() {
        let _ = writeln!(out, "{indent}/** {text} */");
    }
}

fn type_of(schema: &Value, indent: &str) -> anyhow::Result<String> {
    if let Some(name) = reference(schema) {
        return Ok(name.to_owned());
    }
    for (key, joint) in [("allOf", " & "), ("oneOf", " | "), ("anyOf", " | ")] {
        if let Some(parts) = schema.get(key).and_then(Value::as_array) {
            return joined(parts, joint, indent);
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<_> = values.iter().map(literal).collect();
        return Ok(values.join(" | "));
    }
    let mut parts = Vec::new();
    for name in schema::types(schema) {
        parts.push(match name {
            "string" => "string".to_owned(),
            "integer" | "number" => "number".to_owned(),
            "boolean" => "boolean".to_owned(),
            "array" => array(schema, indent)?,
            "object" => object(schema, indent)?,
            other => anyhow::bail!("no TypeScript for type {other}"),
        });
    }
    if is_nullable(schema) {
        parts.push("null".to_owned());
    }
    // A schema that says nothing accepts everything.
    Ok(if parts.is_empty() { "unknown".to_owned() } else { parts.join(" | ") })
}

fn joined(parts: &[Value], joint: &str, indent: &str) -> anyhow::Result<String> {
    let on_lines = joint == " | " && parts.len() > 3;
    let deeper = if on_lines { format!("{indent}    ") } else { indent.to_owned() };
    let mut written = Vec::new();
    for part in parts {
        let text = if is_null(part) { "null".to_owned() } else { type_of(part, &deeper)? };
        // `&` binds before `|`.
        let union = joint == " & " && part.get("oneOf").is_some();
        written.push(if union { format!("({text})") } else { text });
    }
    if on_lines {
        let lines: Vec<_> = written.iter().map(|text| format!("\n{indent}  | {text}")).collect();
        return Ok(lines.concat());
    }
    Ok(written.join(joint))
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        other => other.to_string(),
    }
}

fn array(schema: &Value, indent: &str) -> anyhow::Result<String> {
    let Some(items) = schema.get("items") else {
        return Ok("unknown[]".to_owned());
    };
    let item = type_of(items, indent)?;
    let simple = item.chars().all(char::is_alphanumeric);
    Ok(if simple { format!("{item}[]") } else { format!("Array<{item}>") })
}

fn object(schema: &Value, indent: &str) -> anyhow::Result<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        let values = match schema.get("additionalProperties") {
            Some(Value::Object(values)) => type_of(&Value::Object(values.clone()), indent)?,
            Some(Value::Bool(true)) => "unknown".to_owned(),
            _ => "never".to_owned(),
        };
        return Ok(format!("Record<string, {values}>"));
    };
    let required = strings(schema.get("required"));
    let deeper = format!("{indent}  ");
    let mut out = String::from("{\n");
    for (name, property) in properties {
        comment(&mut out, &deeper, property);
        let optional = !required.contains(&name.as_str());
        let mut text = type_of(property, &deeper)?;
        if optional {
            text = text.trim_end_matches(" | null").to_owned();
        }
        let mark = if optional { "?" } else { "" };
        let _ = writeln!(out, "{deeper}{}{mark}: {text};", key(name));
    }
    let _ = write!(out, "{indent}}}");
    Ok(out)
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("'{name}'") }
}

/// One entry an operation: what goes in and what comes out, and how it is called.
fn operations(out: &mut String, paths: &Map<String, Value>) -> anyhow::Result<()> {
    let mut types = String::new();
    let mut table = String::new();
    for (path, item) in paths {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
                anyhow::bail!("{method} {path} has no operationId");
            };
            comment(&mut types, "  ", operation);
            let _ = writeln!(types, "  {id}: {{");
            for place in ["path", "query"] {
                let _ = writeln!(types, "    {place}: {};", parameters(operation, item, place)?);
            }
            let body = content(operation.get("requestBody"))?.unwrap_or_else(|| "undefined".to_owned());
            let _ = writeln!(types, "    body: {body};");
            let _ = writeln!(types, "    response: {};\n  }};", response(operation)?);
            let _ = writeln!(table, "  {id}: {{ method: '{}', path: '{path}' }},", method.to_uppercase());
        }
    }
    let _ = write!(
        out,
        "\n/** What each operation takes and answers. */\nexport interface Operations {{\n{types}}}\n\n\
         /** How each operation is called. */\nexport const operations = {{\n{table}}} as const;\n"
    );
    Ok(())
}

fn parameters(operation: &Value, item: &Value, place: &str) -> anyhow::Result<String> {
    let lists = [item.get("parameters"), operation.get("parameters")];
    let all = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
    let mut fields = Vec::new();
    for parameter in all.filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some(place)) {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
        let text = type_of(parameter.get("schema").unwrap_or(&Value::Null), "    ")?;
        let text = if required { text.as_str() } else { text.trim_end_matches(" | null") };
        let mark = if required { "" } else { "?" };
        fields.push(format!("{}{mark}: {text}", key(name)));
    }
    Ok(if fields.is_empty() { "Record<string, never>".to_owned() } else { format!("{{ {} }}", fields.join("; ")) })
}

/// The JSON type of a body, if there is one.
fn content(body: Option<&Value>) -> anyhow::Result<Option<String>> {
    let Some(content) = body.and_then(|body| body.get("content")).and_then(Value::as_object) else {
        return Ok(None);
    };
    let json = content.iter().find(|(kind, _)| kind.contains("json"));
    let schema = json.and_then(|(_, media)| media.get("schema"));
    schema.map(|schema| type_of(schema, "    ")).transpose()
}

/// The type of the first answer of success.
fn response(operation: &Value) -> anyhow::Result<String> {
    let responses = operation.get("responses").and_then(Value::as_object);
    let success = responses.into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    let text = content(success.map(|(_, response)| response))?;
    Ok(text.unwrap_or_else(|| "undefined".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(schema: &Value) -> String {
        type_of(schema, "").expect("a type")
    }

    #[test]
    fn schemas_become_types() {
        let cases = [
            (json!({"$ref": "#/components/schemas/UserView"}), "UserView"),
            (json!({"type": ["string", "null"]}), "string | null"),
            (json!({"type": "string", "enum": ["a", "it's"]}), "'a' | 'it\\'s'"),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/A"}}), "A[]"),
            (json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}), "Array<'a' | 'b'>"),
            (json!({"type": "object"}), "Record<string, never>"),
            (json!({"type": "object", "additionalProperties": {"type": "integer"}}), "Record<string, number>"),
            (json!({"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}), "A | null"),
            (json!({}), "unknown"),
        ];
        for (schema, expected) in cases {
            assert_eq!(written(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn an_optional_field_is_left_out_and_never_null() {
        let schema = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": ["integer", "null"]},
            "b": {"type": ["string", "null"], "description": "A note"},
        }});
        assert_eq!(written(&schema), "{\n  a: number | null;\n  /** A note */\n  b?: string;\n}");
    }

    #[test]
    fn operations_are_listed_with_what_goes_in_and_comes_out() {
        let document = json!({"components": {"schemas": {}}, "paths": {"/a/{id}": {"post": {
            "operationId": "make_a",
            "parameters": [
                {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "limit", "in": "query", "schema": {"type": ["integer", "null"]}},
            ],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewA"}}}},
            "responses": {"201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}},
        }}}});
        let text = render(&document).expect("written");
        for part in [
            "path: { id: string };",
            "query: { limit?: number };",
            "body: NewA;",
            "response: A;",
            "make_a: { method: 'POST', path: '/a/{id}' },",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
