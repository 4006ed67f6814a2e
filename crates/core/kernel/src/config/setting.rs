//! What a value of the configuration can be, and how it is read from TOML and from plain text.
//!
//! In the file a value is TOML. In the environment and on the command line it is plain text: words
//! stand as they are, lists are separated by commas, everything else is written as in TOML.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Value;

use super::environment::Environment;

/// Longest list in the configuration.
const LONGEST_LIST: usize = 256;

/// What a value may refer to.
pub(crate) struct Context<'a> {
    /// Relative paths start here.
    pub(crate) base: &'a Path,
    pub(crate) environment: &'a Environment,
}

/// A type of values.
pub(crate) trait Setting: Clone + PartialEq {
    /// What it is called, for people.
    const KIND: &'static str;
    /// A value as written in TOML.
    const EXAMPLE: &'static str;

    /// Reads TOML. The error continues "… ", says what is wrong and never repeats a secret.
    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String>;

    /// Reads plain text.
    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        Self::from_value(&parse_value(text)?, context)
    }

    /// The value as TOML; secrets are masked.
    fn to_value(&self) -> Value;

    /// Text that differs when the value does. May be a secret: only for what is made of it by a digest.
    fn identity(&self) -> String {
        self.to_value().to_string()
    }
}

/// A type that is one word of text.
pub(crate) trait Word: Clone + PartialEq + Sized {
    const KIND: &'static str;
    const KIND_OF_LIST: &'static str;
    const KIND_OR_NONE: &'static str;
    const EXAMPLE: &'static str;
    const EXAMPLE_OF_LIST: &'static str;

    fn parse(text: &str) -> Result<Self, String>;
    fn show(&self) -> String;

    /// See [`Setting::identity`].
    fn identity(&self) -> String {
        self.show()
    }
}

/// Reads one TOML value, also an inline table.
pub(crate) fn parse_value(text: &str) -> Result<Value, String> {
    use serde::Deserialize as _;
    let unreadable = |error: toml::de::Error| format!("cannot be read ({})", error.message());
    let value = toml::de::ValueDeserializer::parse(text.trim()).map_err(unreadable)?;
    Value::deserialize(value).map_err(unreadable)
}

fn wrong_type(value: &Value) -> String {
    format!("is {} {}", if value.type_str().starts_with(['a', 'i']) { "an" } else { "a" }, value.type_str())
}

impl Setting for bool {
    const KIND: &'static str = "true or false";
    const EXAMPLE: &'static str = "true";

    fn from_value(value: &Value, _: &Context<'_>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| wrong_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Boolean(*self)
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            const KIND: &'static str = "whole number";
            const EXAMPLE: &'static str = "30";

            fn from_value(value: &Value, _: &Context<'_>) -> Result<Self, String> {
                let number = value.as_integer().ok_or_else(|| wrong_type(value))?;
                Self::try_from(number).map_err(|_| format!("is {number}, which is out of range"))
            }

            fn to_value(&self) -> Value {
                Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }
    )+};
}

whole_numbers!(u16, u32, u64, usize);

impl Setting for PathBuf {
    const KIND: &'static str = "path";
    const EXAMPLE: &'static str = "\"/var/lib/plexichat\"";

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| wrong_type(value))?;
        Self::from_text(text, context)
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        Ok(context.base.join(text))
    }

    fn to_value(&self) -> Value {
        Value::String(self.display().to_string())
    }
}

impl Setting for Option<PathBuf> {
    const KIND: &'static str = "path, or empty";
    const EXAMPLE: &'static str = PathBuf::EXAMPLE;

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| wrong_type(value))?;
        Self::from_text(text, context)
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { PathBuf::from_text(text, context).map(Some) }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or_else(|| Value::String(String::new()), Setting::to_value)
    }
}

macro_rules! settings_of_word {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::config::setting::Setting for $type {
            const KIND: &'static str = <$type as $crate::config::setting::Word>::KIND;
            const EXAMPLE: &'static str = <$type as $crate::config::setting::Word>::EXAMPLE;

            fn from_value(value: &toml::Value, _: &$crate::config::setting::Context<'_>) -> Result<Self, String> {
                $crate::config::setting::word(value)
            }

            fn from_text(text: &str, _: &$crate::config::setting::Context<'_>) -> Result<Self, String> {
                $crate::config::setting::Word::parse(text)
            }

            fn to_value(&self) -> toml::Value {
                toml::Value::String($crate::config::setting::Word::show(self))
            }

            fn identity(&self) -> String {
                $crate::config::setting::Word::identity(self)
            }
        }
    )+};
}

pub(crate) use settings_of_word;

pub(crate) fn word<W: Word>(value: &Value) -> Result<W, String> {
    W::parse(value.as_str().ok_or_else(|| wrong_type(value))?)
}

settings_of_word!(SocketAddr, String);

impl<W: Word> Setting for Option<W> {
    const KIND: &'static str = W::KIND_OR_NONE;
    const EXAMPLE: &'static str = W::EXAMPLE;

    fn from_value(value: &Value, context: &Context<'_>) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| wrong_type(value))?;
        Self::from_text(text, context)
    }

    fn from_text(text: &str, _: &Context<'_>) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { W::parse(text).map(Some) }
    }

    fn to_value(&self) -> Value {
        Value::String(self.as_ref().map(W::show).unwrap_or_default())
    }
}

impl<W: Word> Setting for Vec<W> {
    const KIND: &'static str = W::KIND_OF_LIST;
    const EXAMPLE: &'static str = W::EXAMPLE_OF_LIST;

    fn from_value(value: &Value, _: &Context<'_>) -> Result<Self, String> {
        let items = value.as_array().ok_or_else(|| wrong_type(value))?;
        if items.len() > LONGEST_LIST {
            return Err(format!("has more than {LONGEST_LIST} entries"));
        }
        let item = |(index, item)| word(item).map_err(|error| format!("has an entry [{index}] that {error}"));
        items.iter().enumerate().map(item).collect()
    }

    fn from_text(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if text.trim_start().starts_with('[') {
            return Self::from_value(&parse_value(text)?, context);
        }
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let list = words.map(|word| Value::String(word.to_owned())).collect();
        Self::from_value(&Value::Array(list), context)
    }

    fn to_value(&self) -> Value {
        Value::Array(self.iter().map(|item| Value::String(item.show())).collect())
    }
}

impl Word for SocketAddr {
    const KIND: &'static str = "address and port";
    const KIND_OF_LIST: &'static str = "list of addresses and ports";
    const KIND_OR_NONE: &'static str = "address and port, or empty";
    const EXAMPLE: &'static str = "\"127.0.0.1:8420\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"127.0.0.1:8420\"]";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("is {text:?}, which is no address and port"))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Word for String {
    const KIND: &'static str = "text";
    const KIND_OF_LIST: &'static str = "list of texts";
    const KIND_OR_NONE: &'static str = "text, or empty";
    const EXAMPLE: &'static str = "\"text\"";
    const EXAMPLE_OF_LIST: &'static str = "[\"one\", \"two\"]";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Setting>(text: &str) -> Result<T, String> {
        let environment = Environment::default();
        T::from_text(text, &Context { base: Path::new("/base"), environment: &environment })
    }

    #[test]
    fn plain_text_is_read_by_type() {
        assert_eq!(read::<bool>("true"), Ok(true));
        assert_eq!(read::<u16>("8_420"), Ok(8_420));
        assert_eq!(read::<String>("as it is"), Ok("as it is".to_owned()));
        assert_eq!(read::<PathBuf>("data"), Ok(PathBuf::from("/base/data")));
        assert_eq!(read::<PathBuf>("/data"), Ok(PathBuf::from("/data")));
        assert_eq!(read::<Vec<String>>("a, b,"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read::<Vec<String>>("[\"a, b\"]"), Ok(vec!["a, b".to_owned()]));
        assert_eq!(read::<Option<SocketAddr>>(""), Ok(None));
    }

    #[test]
    fn nonsense_is_told_apart() {
        assert!(read::<u16>("70000").expect_err("too large").contains("out of range"));
        assert!(read::<u16>("-1").expect_err("negative").contains("out of range"));
        assert!(read::<u16>("\"1\"").expect_err("text").contains("is a string"));
        assert!(read::<bool>("yes").is_err());
        assert!(read::<SocketAddr>("localhost").is_err());
        assert!(read::<PathBuf>("").is_err());
        let long = "x,".repeat(LONGEST_LIST + 1);
        assert!(read::<Vec<String>>(&long).is_err());
    }
}
