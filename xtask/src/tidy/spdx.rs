//! Licence expressions: whether what a crate offers contains a choice that the project accepts.
//!
//! Understands what stands in manifests: `AND`, `OR`, `WITH`, parentheses, and the old `/` for `OR`.
//! Anything else is "not accepted", which a person then looks at.

/// Whether `expression` can be satisfied with accepted licences alone.
pub(crate) fn satisfied(expression: &str, accepted: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, accepted };
    let value = parser.any();
    value == Some(true) && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    accepted: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    /// `all (OR all)*`; `None` when the expression is broken.
    fn any(&mut self) -> Option<bool> {
        let mut value = self.all()?;
        while self.eat("OR") {
            value |= self.all()?;
        }
        Some(value)
    }

    /// `one (AND one)*`
    fn all(&mut self) -> Option<bool> {
        let mut value = self.one()?;
        while self.eat("AND") {
            value &= self.one()?;
        }
        Some(value)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let value = self.any()?;
            return self.eat(")").then_some(value);
        }
        let mut licence = (*self.next()?).to_owned();
        if self.eat("WITH") {
            licence = format!("{licence} WITH {}", self.next()?);
        }
        Some((self.accepted)(&licence))
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    #[test]
    fn expressions_are_judged() {
        let accepted = |licence: &str| matches!(licence, "MIT" | "Apache-2.0" | "Apache-2.0 WITH LLVM-exception");
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(GPL-3.0 OR MIT) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(satisfied(good, &accepted), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "MIT WITH other-exception", "(MIT", "MIT MIT", "MIT OR"] {
            assert!(!satisfied(bad, &accepted), "{bad}");
        }
    }
}
