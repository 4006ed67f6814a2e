//! A look at JSON schemas as utoipa writes them: names, fields, variants and example values.
//!
//! Only what the generators need is understood. A schema that is none of that is an error, so that a
//! generated page is complete or not written at all.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

/// The schemas of a document, by name.
pub(crate) struct Schemas<'a>(pub(crate) &'a Map<String, Value>);

/// One field of an object.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) required: bool,
}

impl<'a> Schemas<'a> {
    /// The schemas of an `OpenAPI` document.
    pub(crate) fn of(document: &'a Value) -> anyhow::Result<Self> {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        Ok(Self(schemas.context("the document has no schemas")?))
    }

    pub(crate) fn get(&self, name: &str) -> anyhow::Result<&'a Value> {
        self.0.get(name).with_context(|| format!("there is no schema {name}"))
    }

    /// The variants of a union: each with its schema.
    pub(crate) fn variants(&self, name: &str) -> anyhow::Result<Vec<&'a Value>> {
        let variants = self.get(name)?.get("oneOf").and_then(Value::as_array);
        Ok(variants.with_context(|| format!("{name} is no union"))?.iter().collect())
    }

    /// The fields of an object, those of its parts included.
    pub(crate) fn fields(&self, schema: &'a Value) -> anyhow::Result<Vec<Field<'a>>> {
        if let Some(name) = reference(schema) {
            return self.fields(self.get(name)?);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut fields = Vec::new();
            for part in parts {
                // A union among the parts has fields that depend on the variant; its own table tells.
                let target = reference(part).map_or(Ok(part), |name| self.get(name))?;
                if target.get("oneOf").is_none() {
                    fields.extend(self.fields(part)?);
                }
            }
            return Ok(fields);
        }
        let required: Vec<&str> = strings(schema.get("required"));
        let properties = schema.get("properties").and_then(Value::as_object);
        Ok(properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| Field { name, schema, required: required.contains(&name.as_str()) })
            .collect())
    }

    /// A value that the schema accepts, with required fields alone: an example for people.
    pub(crate) fn example(&self, schema: &Value) -> anyhow::Result<Value> {
        if let Some(example) = schema.get("example") {
            return Ok(example.clone());
        }
        if let Some(name) = reference(schema) {
            return self.example(self.get(name)?);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            let mut whole = Map::new();
            for part in parts {
                match self.example(part)? {
                    Value::Object(fields) => whole.extend(fields),
                    other => bail!("a part of an object is {other}"),
                }
            }
            return Ok(Value::Object(whole));
        }
        if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
            return self.example(variants.first().context("a union without variants")?);
        }
        if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|all| all.first()) {
            return Ok(first.clone());
        }
        self.example_of_type(schema)
    }

    fn example_of_type(&self, schema: &Value) -> anyhow::Result<Value> {
        Ok(match types(schema).first().copied() {
            Some("string") => json!(example_text(schema)),
            Some("integer" | "number") => schema.get("minimum").filter(|least| **least != json!(0)).cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(false),
            Some("array") => match schema.get("items") {
                Some(items) if items.get("$ref").is_some() => json!([self.example(items)?]),
                _ => json!([]),
            },
            Some("object") => self.example_object(schema)?,
            Some("null") | None => Value::Null,
            Some(other) => bail!("no example for type {other}"),
        })
    }

    fn example_object(&self, schema: &Value) -> anyhow::Result<Value> {
        let required = strings(schema.get("required"));
        let mut fields = Map::new();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if required.contains(&name.as_str()) {
                fields.insert(name.clone(), self.example(schema)?);
            }
        }
        Ok(Value::Object(fields))
    }
}

fn example_text(schema: &Value) -> &'static str {
    let says = |key: &str, what: &str| schema.get(key).and_then(Value::as_str).is_some_and(|text| text.contains(what));
    if says("format", "date-time") {
        "2026-01-31T12:00:00.000Z"
    } else if says("pattern", "channel") {
        "channel:282574488338432"
    } else if says("pattern", "[0-9]") && !says("pattern", "[A-Za-z") {
        "282574488338432"
    } else {
        "text"
    }
}

/// The name that a `$ref` points at.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// The JSON types of a schema, `null` left out.
pub(crate) fn types(schema: &Value) -> Vec<&str> {
    let types = match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        list => strings(list),
    };
    types.into_iter().filter(|name| *name != "null").collect()
}

/// Whether `null` is accepted.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let listed = strings(schema.get("type")).contains(&"null");
    let variant = schema.get("oneOf").and_then(Value::as_array).is_some_and(|variants| variants.iter().any(is_null));
    listed || variant
}

/// Whether the schema accepts nothing but `null`.
pub(crate) fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// What the schema says about itself, on one line; of a reference, what is said beside it.
pub(crate) fn description(schema: &Value) -> String {
    let own = schema.get("summary").or_else(|| schema.get("description")).and_then(Value::as_str);
    let mut variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let inner = || variants.find_map(|variant| variant.get("description")?.as_str());
    own.or_else(inner).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn strings(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Id": {"type": "string", "pattern": "^[0-9]{1,19}$"},
            "Base": {"type": "object", "required": ["id"], "properties": {
                "id": {"$ref": "#/components/schemas/Id"},
                "note": {"type": ["string", "null"], "description": "A\nnote"},
            }},
            "Whole": {"allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "required": ["op"], "properties": {"op": {"type": "string", "enum": ["go"]}}},
            ]},
        }}})
    }

    #[test]
    fn parts_are_put_together() {
        let document = document();
        let schemas = Schemas::of(&document).expect("schemas");
        let whole = schemas.get("Whole").expect("there");
        let fields = schemas.fields(whole).expect("fields");
        let names: Vec<_> = fields.iter().map(|field| (field.name, field.required)).collect();
        assert_eq!(names, [("id", true), ("note", false), ("op", true)]);
        assert!(is_nullable(fields[1].schema));
        assert_eq!(description(fields[1].schema), "A note");
    }

    #[test]
    fn an_example_has_what_is_required() {
        let document = document();
        let schemas = Schemas::of(&document).expect("schemas");
        let example = schemas.example(schemas.get("Whole").expect("there")).expect("an example");
        assert_eq!(example, json!({"id": "282574488338432", "op": "go"}));
    }

    #[test]
    fn a_missing_schema_is_an_error() {
        let document = document();
        let schemas = Schemas::of(&document).expect("schemas");
        assert!(schemas.get("Gone").is_err());
        assert!(schemas.variants("Base").is_err());
    }
}
