//! The API document, and the one document from which the types of the web client are made.
//!
//! REST operations and gateway frames share most of their words; put together, each is written once.
//! Two different schemas of one name are an error: the client could not tell them apart.

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The document as it is committed: readable, with a newline at its end.
pub(crate) fn text(api: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(api)? + "\n")
}

/// The API with the words of the gateway.
pub(crate) fn with_words(mut api: Value, words: &Value) -> anyhow::Result<Value> {
    let added = words.pointer("/components/schemas").and_then(Value::as_object);
    let schemas = api.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let schemas = schemas.context("the API document has no schemas")?;
    for (name, schema) in added.context("the gateway has no schemas")? {
        match schemas.get(name) {
            Some(present) if present != schema => bail!("two different schemas are called {name}"),
            Some(_) => {}
            None => {
                schemas.insert(name.clone(), schema.clone());
            }
        }
    }
    Ok(api)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_are_added_once_and_must_agree() {
        let document = |kind: &str| json!({"components": {"schemas": {"A": {"type": kind}}}});
        let other = json!({"components": {"schemas": {"B": {"type": "string"}}}});
        assert_eq!(with_words(document("string"), &document("string")).expect("equal"), document("string"));
        assert!(with_words(document("string"), &document("integer")).is_err());
        let both = with_words(document("string"), &other).expect("apart");
        assert!(both.pointer("/components/schemas/B").is_some());
    }
}
