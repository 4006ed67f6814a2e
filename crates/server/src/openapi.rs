//! What all operations of the OpenAPI document share: head, credentials, problems.

use plexichat_model::Problem;
use plexichat_model::gateway::{ClientFrame, ServerFrame};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Required,
    ResponseBuilder, Type,
};
use utoipa::{PartialSchema as _, ToSchema};

use crate::extract::cookie;

/// Operations for everybody, signed in or not.
const PUBLIC: [&str; 7] =
    ["get_setup", "complete_setup", "login", "reset_password", "preview_invitation", "accept_invitation", "gateway"];
/// Writes that are made exactly once by other means, or have no account.
const UNKEYED: [&str; 8] = [
    "complete_setup",
    "login",
    "refresh_session",
    "reset_password",
    "preview_invitation",
    "accept_invitation",
    "send_message",
    "gateway",
];
/// Operations that look at `If-Match`.
const VERSIONED: [&str; 8] = [
    "update_me",
    "update_user",
    "update_workspace",
    "update_workspace_member",
    "update_channel",
    "edit_message",
    "delete_message",
    "gateway",
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
pub(crate) fn complete(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    ClientFrame::schemas(&mut schemas);
    ServerFrame::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    schemas.push((ClientFrame::name().into_owned(), ClientFrame::schema()));
    schemas.push((ServerFrame::name().into_owned(), ServerFrame::schema()));
    components.schemas.extend(schemas);
    components.add_security_scheme("bearer", SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie::NAME))));
    for item in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for (operation, is_write) in [(get, false), (put, true), (post, true), (delete, true), (patch, true)] {
            if let Some(operation) = operation {
                finish(operation, is_write);
            }
        }
    }
    document
}

fn finish(operation: &mut Operation, is_write: bool) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description("Refused or failed").content("application/problem+json", problem).build();
    operation.responses.responses.entry("default".to_owned()).or_insert(RefOr::T(response));
    let none: [&str; 0] = [];
    operation.security = Some(if PUBLIC.contains(&id.as_str()) {
        Vec::new()
    } else {
        vec![SecurityRequirement::new("bearer", none), SecurityRequirement::new("cookie", none)]
    });
    if is_write && !UNKEYED.contains(&id.as_str()) {
        header(operation, "Idempotency-Key", "The same key within 24 hours is the same request, answered as the first time", 128);
    }
    if VERSIONED.contains(&id.as_str()) && is_write {
        header(operation, "If-Match", "The version of the row in quotes: change it only if it is still this one", 32);
    }
}

fn header(operation: &mut Operation, name: &str, text: &str, longest: usize) {
    let pattern = if name == "If-Match" { r#"^"[0-9]{1,18}"$"# } else { "^[!-~]+$" };
    let schema =
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(longest)).pattern(Some(pattern));
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(text))
        .schema(Some(schema.build()))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Method and path of every operation, read as JSON so that nothing of the library is taken on trust.
    fn operations() -> Vec<(String, String, serde_json::Value)> {
        let document = serde_json::to_value(crate::openapi()).expect("serialises");
        let paths = document["paths"].as_object().expect("paths").clone();
        let flat = |(path, item): (String, serde_json::Value)| {
            let item = item.as_object().expect("an item").clone();
            item.into_iter().map(move |(method, operation)| (method, path.clone(), operation)).collect::<Vec<_>>()
        };
        paths.into_iter().flat_map(flat).collect()
    }

    #[test]
    fn it_is_openapi_3_1_and_every_operation_is_whole() {
        let document = serde_json::to_value(crate::openapi()).expect("serialises");
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for (method, path, operation) in operations() {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id.clone()), "{id} is there twice");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object(), "{id} has no problem");
            let names: BTreeSet<_> =
                operation["parameters"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(names.contains(part), "{id} does not describe {part}");
            }
        }
        assert_eq!(ids.len(), 60, "{ids:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = serde_json::to_value(crate::openapi()).expect("serialises");
        let text = document.to_string();
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        for name in text.split("#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(schemas.contains_key(name), "{name} is missing");
        }
    }
}
