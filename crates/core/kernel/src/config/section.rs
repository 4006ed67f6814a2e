//! How a section of the configuration is declared: its keys, types, defaults and documentation in
//! one place. The [`section!`] macro turns the declaration into the plain struct the program reads
//! and into the [`KeySpec`]s from which the default file and the reference page are written, so the
//! two cannot differ.

use std::fmt::Display;

use super::layers::Reader;
use super::problem::Checker;

/// One key of the configuration, as documented.
#[derive(Clone, Debug)]
pub struct KeySpec {
    /// `section.key`.
    pub path: &'static str,
    /// The section alone.
    pub section: &'static str,
    /// The key alone.
    pub name: &'static str,
    /// What kind of value it takes, for people.
    pub kind: &'static str,
    /// The value when nothing is configured.
    pub default: toml::Value,
    /// Which values are allowed beyond the kind, for people.
    pub rule: Option<String>,
    /// Whether a change takes effect without a restart.
    pub live: bool,
    /// What it is for; lines as in the source.
    pub doc: &'static str,
}

impl KeySpec {
    /// The environment variable that sets this key.
    pub fn variable(&self) -> String {
        super::environment::variable_of(self.path)
    }

    /// The documentation without indentation, one paragraph.
    pub fn text(&self) -> String {
        self.doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
    }
}

/// What [`ConfigHandle::reload`](super::ConfigHandle::reload) found to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Keys that took effect.
    pub applied: Vec<&'static str>,
    /// Keys that take effect after a restart.
    pub need_restart: Vec<&'static str>,
}

impl Changes {
    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.need_restart.is_empty()
    }
}

/// A declared section. Implemented by [`section!`] alone.
pub(crate) trait Section: Sized + Default {
    const NAME: &'static str;
    const DOC: &'static str;

    fn keys() -> Vec<KeySpec>;

    /// Takes every key from the layers; what is wrong is noted and replaced by its default.
    fn read(reader: &mut Reader<'_>) -> Self;

    /// Takes over the live keys of `newer` and notes all that differ.
    fn adopt(&mut self, newer: &Self, changes: &mut Changes);

    /// Every key with its value; secrets are masked.
    fn values(&self) -> Vec<(&'static str, toml::Value)>;

    /// Every key that needs a restart, with text that differs when its value does. A secret.
    fn restart_identities(&self) -> Vec<(&'static str, String)>;
}

/// What a section checks across its keys, beyond what each key checks alone.
pub(crate) trait CrossCheck {
    fn cross_check(&self, checker: &mut Checker<'_>);
}

/// A condition on the value of a key, with its description.
pub(crate) struct Check<T> {
    /// Continues "must be …".
    pub(crate) rule: String,
    pub(crate) holds: Box<dyn Fn(&T) -> bool>,
}

/// Between `least` and `most`, both allowed.
pub(crate) fn range<T: PartialOrd + Display + 'static>(least: T, most: T) -> Check<T> {
    Check { rule: format!("between {least} and {most}"), holds: Box::new(move |value| *value >= least && *value <= most) }
}

macro_rules! section {
    (
        $(#[doc = $section_doc:literal])+
        $name:ident in $section:literal {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $type:ty = $default:expr, $when:ident $(, $check:expr)?;
            )+
        }
    ) => {
        $(#[doc = $section_doc])+
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::config::section::Section for $name {
            const NAME: &'static str = $section;
            const DOC: &'static str = concat!($($section_doc, "\n"),+);

            fn keys() -> Vec<$crate::config::section::KeySpec> {
                let defaults = Self::default();
                vec![$({
                    let check: Option<$crate::config::section::Check<$type>> = None $(.or(Some($check)))?;
                    $crate::config::section::KeySpec {
                        path: concat!($section, ".", stringify!($field)),
                        section: $section,
                        name: stringify!($field),
                        kind: <$type as $crate::config::setting::Setting>::KIND,
                        default: $crate::config::setting::Setting::to_value(&defaults.$field),
                        rule: check.map(|check| check.rule),
                        live: $crate::config::section::is_live!($when),
                        doc: concat!($($doc, "\n"),+),
                    }
                },)+]
            }

            fn read(reader: &mut $crate::config::layers::Reader<'_>) -> Self {
                let defaults = Self::default();
                Self {$(
                    $field: reader.take(
                        concat!($section, ".", stringify!($field)),
                        defaults.$field,
                        None $(.or(Some($check)))?,
                    ),
                )+}
            }

            fn adopt(&mut self, newer: &Self, changes: &mut $crate::config::section::Changes) {
                $(if self.$field != newer.$field {
                    let path = concat!($section, ".", stringify!($field));
                    if $crate::config::section::is_live!($when) {
                        self.$field = newer.$field.clone();
                        changes.applied.push(path);
                    } else {
                        changes.need_restart.push(path);
                    }
                })+
            }

            fn values(&self) -> Vec<(&'static str, toml::Value)> {
                vec![$((
                    concat!($section, ".", stringify!($field)),
                    $crate::config::setting::Setting::to_value(&self.$field),
                ),)+]
            }

            fn restart_identities(&self) -> Vec<(&'static str, String)> {
                let mut identities = Vec::new();
                $(if !$crate::config::section::is_live!($when) {
                    let path = concat!($section, ".", stringify!($field));
                    identities.push((path, $crate::config::setting::Setting::identity(&self.$field)));
                })+
                identities
            }
        }
    };
}

macro_rules! is_live {
    (live) => {
        true
    };
    (restart) => {
        false
    };
}

pub(crate) use {is_live, section};
