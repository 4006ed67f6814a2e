//! One Rust file, read once for every rule.
//!
//! The file is parsed, so strings, comments and macros are told apart soundly. What the rules look
//! at is collected flat: the paths it mentions, its string literals, its functions, its statics and
//! the lines that are tests. Nothing here knows a rule.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::{Finding, Source};

/// What the rules look at in one file.
pub(crate) struct RustFile<'a> {
    pub(crate) source: &'a Source,
    /// Paths such as `tokio::spawn` or `println!`, tests left out.
    pub(crate) mentions: Vec<Mention>,
    /// String literals, tests and doc comments left out.
    pub(crate) strings: Vec<Text>,
    /// Functions with a body, tests left out.
    pub(crate) functions: Vec<Function>,
    /// Statics and the names in their types.
    pub(crate) statics: Vec<Static>,
    /// Lines of inline `#[cfg(test)]` items.
    pub(crate) test_lines: Vec<RangeInclusive<usize>>,
    /// Lines of the `//!` text that opens the file, empty ones left out.
    pub(crate) doc_lines: usize,
}

pub(crate) struct Mention {
    /// Segments joined with `::`; a macro ends in `!`.
    pub(crate) path: String,
    pub(crate) line: usize,
}

pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) line: usize,
}

pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Lines of code in the body: neither blank nor comment alone.
    pub(crate) lines: usize,
}

pub(crate) struct Static {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) types: Vec<String>,
}

impl RustFile<'_> {
    /// Whether the whole file exists for tests.
    pub(crate) fn is_test(&self) -> bool {
        self.source.is_test()
    }

    /// Lines of the file, inline tests left out.
    pub(crate) fn lines_without_tests(&self) -> usize {
        let tests: usize = self.test_lines.iter().map(|lines| lines.end() - lines.start() + 1).sum();
        self.source.text.lines().count().saturating_sub(tests)
    }
}

/// Reads a file; one that does not parse is a finding of its own.
pub(crate) fn read(source: &Source) -> Result<RustFile<'_>, Finding> {
    let broken = |error: &dyn std::fmt::Display, line| {
        let what = format!("cannot be read as Rust: {error}");
        Finding::new(&source.path, line, "syntax", what, "let `cargo check` name the error")
    };
    let tokens: TokenStream = source.text.parse().map_err(|error| broken(&error, 0))?;
    let syntax: syn::File = syn::parse2(tokens.clone()).map_err(|error| broken(&error, error.span().start().line))?;
    let mut items =
        Items { text: source.text.lines().collect(), functions: Vec::new(), statics: Vec::new(), test_lines: Vec::new() };
    items.visit_file(&syntax);
    let Items { mut functions, statics, test_lines, .. } = items;
    let is_test = |line: usize| test_lines.iter().any(|lines| lines.contains(&line));
    let mut words = Words::default();
    words.read(tokens);
    words.mentions.retain(|mention| !is_test(mention.line));
    words.strings.retain(|text| !is_test(text.line));
    functions.retain(|function| !is_test(function.line));
    let doc_lines = source.text.lines().take_while(|line| line.starts_with("//!")).filter(|line| line.len() > 3).count();
    Ok(RustFile { source, mentions: words.mentions, strings: words.strings, functions, statics, test_lines, doc_lines })
}

/// Walks the syntax tree for items: functions, statics and what is compiled for tests alone.
struct Items<'a> {
    text: Vec<&'a str>,
    functions: Vec<Function>,
    statics: Vec<Static>,
    test_lines: Vec<RangeInclusive<usize>>,
}

impl Items<'_> {
    fn function(&mut self, name: &Ident, block: &syn::Block) {
        let braces = block.brace_token.span;
        let (open, close) = (braces.open().start().line, braces.close().end().line);
        let body = self.text.get(open..close.saturating_sub(1)).unwrap_or_default();
        let lines = body.iter().filter(|line| is_code(line)).count();
        self.functions.push(Function { name: name.to_string(), line: name.span().start().line, lines });
    }
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if attributes.iter().any(is_cfg_test) {
            let span = item.span();
            self.test_lines.push(span.start().line..=span.end().line);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        let mut names = TypeNames::default();
        names.visit_type(&item.ty);
        self.statics.push(Static { name: item.ident.to_string(), line: item.ident.span().start().line, types: names.0 });
    }
}

#[derive(Default)]
struct TypeNames(Vec<String>);

impl<'ast> Visit<'ast> for TypeNames {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.0.push(ident.to_string());
    }
}

/// Walks the tokens, so that what stands in macro calls is seen as well.
#[derive(Default)]
struct Words {
    mentions: Vec<Mention>,
    strings: Vec<Text>,
}

impl Words {
    fn read(&mut self, tokens: TokenStream) {
        let mut path = String::new();
        let mut line = 0;
        let mut joined = 0;
        let mut after_hash = false;
        for token in tokens {
            let punctuation = match &token {
                TokenTree::Punct(punct) => Some(punct.as_char()),
                _ => None,
            };
            match token {
                TokenTree::Ident(ident) => {
                    if joined != 2 {
                        self.finish(&mut path, line);
                        line = ident.span().start().line;
                    } else if !path.is_empty() {
                        path.push_str("::");
                    }
                    path.push_str(&ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.finish(&mut path, line);
                    let documents = after_hash && group.delimiter() == Delimiter::Bracket && is_doc(group.stream());
                    if !documents {
                        self.read(group.stream());
                    }
                }
                TokenTree::Literal(literal) => {
                    self.finish(&mut path, line);
                    self.string(&literal);
                }
                TokenTree::Punct(_) => {}
            }
            match punctuation {
                Some(':') => joined += 1,
                Some('!') if !path.is_empty() => {
                    path.push('!');
                    self.finish(&mut path, line);
                    joined = 0;
                }
                Some(_) => {
                    self.finish(&mut path, line);
                    joined = 0;
                }
                None => joined = 0,
            }
            after_hash = punctuation == Some('#') || (after_hash && punctuation == Some('!'));
        }
        self.finish(&mut path, line);
    }

    fn finish(&mut self, path: &mut String, line: usize) {
        if !path.is_empty() {
            let path = std::mem::take(path);
            self.mentions.push(Mention { path, line });
        }
    }

    fn string(&mut self, literal: &Literal) {
        let line = literal.span().start().line;
        let shown = literal.to_string();
        if let Ok(text) = syn::parse_str::<syn::LitStr>(&shown) {
            self.strings.push(Text { value: text.value(), line });
        }
    }
}

fn is_doc(attribute: TokenStream) -> bool {
    let first = attribute.into_iter().next();
    matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> Vec<String> {
        let source = Source::new("crates/a/src/a.rs", text);
        let file = read(&source).expect("valid");
        file.mentions.into_iter().map(|mention| mention.path).collect()
    }

    #[test]
    fn paths_and_macros_are_seen_also_inside_macros_but_not_in_text() {
        let seen =
            mentions("//! println!(1)\nfn a() { tokio::spawn(b); select! { x = std::env::var(\"C\") => {} } /* dbg!(1) */ }");
        assert!(seen.contains(&"tokio::spawn".to_owned()), "{seen:?}");
        assert!(seen.contains(&"select!".to_owned()), "{seen:?}");
        assert!(seen.contains(&"std::env::var".to_owned()), "{seen:?}");
        assert!(!seen.iter().any(|path| path.contains("dbg") || path.contains("println")));
    }

    #[test]
    fn a_type_after_a_colon_is_not_joined_to_the_name_before_it() {
        assert_eq!(mentions("struct A { b: Instant }"), ["struct", "A", "b", "Instant"]);
    }

    #[test]
    fn tests_are_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { c::d(\"e\"); }\n}\n";
        let source = Source::new("crates/a/src/a.rs", text);
        let file = read(&source).expect("valid");
        assert_eq!(file.functions.len(), 1);
        assert!(file.strings.is_empty());
        assert_eq!(file.test_lines, [2..=5]);
        assert!(!file.mentions.iter().any(|mention| mention.path == "c::d"));
    }

    #[test]
    fn what_does_not_parse_is_a_finding() {
        assert!(read(&Source::new("crates/a/src/a.rs", "fn a( {")).is_err());
        assert!(read(&Source::new("crates/a/src/a.rs", "fn fn fn")).is_err());
    }
}
