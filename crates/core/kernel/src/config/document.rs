//! Documents written from the declarations: the commented default file and the reference page.
//!
//! Nothing is written by hand here but the introductions: names, defaults, bounds and texts come
//! from the [`KeySpec`]s, so a document cannot tell of a key that does not exist.

use std::fmt::Write as _;

use super::load::sections;
use super::section::KeySpec;

/// A section as documented.
pub(crate) struct SectionSpec {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) keys: Vec<KeySpec>,
}

const WIDTH: usize = 98;

/// The default configuration file: every key, commented out, with its documentation and default.
pub fn generate() -> String {
    let mut file = String::from(
        "# The configuration of PlexiChat. Every key stands here with its default; remove the # to change it.\n\
         # Flags win over environment variables, these over this file. `plexichat config check` reads it,\n\
         # `plexichat config show` tells the values in force and where they come from.\n",
    );
    for section in sections() {
        file.push('\n');
        comment(&mut file, &one_paragraph(section.doc));
        let _infallible = writeln!(file, "[{}]", section.name);
        for key in &section.keys {
            file.push('\n');
            comment(&mut file, &key.text());
            if let Some(rule) = &key.rule {
                comment(&mut file, &format!("Allowed: {rule}."));
            }
            let change = if key.live { "takes effect at once" } else { "takes effect after a restart" };
            comment(&mut file, &format!("A change {change}. Variable: {}", key.variable()));
            let _infallible = writeln!(file, "#{} = {}", key.name, key.default);
        }
    }
    file
}

/// The reference page of all keys, in Markdown.
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         <!-- Generated from the declarations in crates/core/kernel/src/config by `xtask codegen`. -->\n\n\
         Four layers, each above the one before:\n\n\
         1. the defaults on this page;\n\
         2. the file: the one given with `--config`, or `plexichat.toml` in the data directory if it is there;\n\
         3. environment variables `PLEXICHAT_SECTION__KEY`, with two underscores between section and key;\n\
         4. flags of the command line.\n\n\
         In the file a value is TOML. In variables and flags it is plain text: words as they are, lists with commas,\n\
         everything else as in TOML; an empty variable counts as not set. Relative paths start at the folder of the\n\
         file they stand in, or else at the working directory. Keys that do not exist are refused.\n\n\
         `plexichat config generate` writes a file with every key, `config check` names everything that is wrong with\n\
         the present one, `config show` tells each value in force and where it comes from.\n\n\
         A change of a key marked *live* takes effect when the file is saved or the process gets SIGHUP; the others\n\
         need a restart. A file with a mistake changes nothing: the server keeps what it has and logs what is wrong.\n\n\
         A secret is best a reference: `{ file = \"/run/secrets/name\" }` or `{ env = \"NAME\" }`.\n",
    );
    for section in sections() {
        let _infallible = write!(page, "\n## `[{}]`\n\n{}\n", section.name, one_paragraph(section.doc));
        for key in &section.keys {
            describe(&mut page, key);
        }
    }
    page
}

fn describe(page: &mut String, key: &KeySpec) {
    let default = match &key.default {
        toml::Value::String(text) if text.is_empty() => "empty".to_owned(),
        toml::Value::Array(items) if items.is_empty() => "empty".to_owned(),
        value => format!("`{value}`"),
    };
    let rule = key.rule.as_ref().map(|rule| format!(", {rule}")).unwrap_or_default();
    let live = if key.live { "live" } else { "restart" };
    let _infallible = write!(
        page,
        "\n### `{}`\n\n{}\n\n- Type: {}{rule}\n- Default: {default}\n- Change: {live}\n- Variable: `{}`\n",
        key.path,
        key.text(),
        key.kind.replace('{', "\\{"),
        key.variable(),
    );
}

fn one_paragraph(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Writes `text` as comment lines of at most [`WIDTH`] characters.
fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            file.push_str(&line);
            file.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    file.push_str(&line);
    file.push('\n');
}
