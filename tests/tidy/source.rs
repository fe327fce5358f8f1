//! The project's own source files, as git knows them, and their tokens.

use std::fs;
use std::process::Command;

use proc_macro2::{TokenStream, TokenTree};

use super::root;

/// A text file of the project.
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Returns all text files that git tracks or would track.
pub(crate) fn all_files() -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<_> = listed
        .lines()
        .filter_map(|path| {
            let text = fs::read_to_string(root().join(path)).ok()?;
            Some(Source {
                path: path.to_owned(),
                text,
            })
        })
        .collect();
    assert!(files.len() > 50, "git lists the project's files");
    files
}

/// Returns the Rust files of the crates, without tests and benches that lie in files of their own.
pub(crate) fn crate_files() -> Vec<Source> {
    let mut files = all_files();
    files.retain(|file| {
        let is_test = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
        file.ending() == "rs" && file.path.contains("/src/") && !is_test
    });
    files
}

impl Source {
    /// Returns what follows the last dot of the name.
    pub(crate) fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Returns the text before the module of unit tests, which by custom stands last.
    pub(crate) fn without_tests(&self) -> &str {
        let tests = self
            .text
            .match_indices("#[cfg(test)]\nmod ")
            .map(|(place, _)| place)
            .find(|&place| {
                let module = self.text[place..].lines().nth(1).unwrap_or_default();
                module.ends_with('{')
            });
        &self.text[..tests.unwrap_or(self.text.len())]
    }

    /// Returns every word, number and string of the code, without comments and unit tests.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let stream: TokenStream = self
            .without_tests()
            .parse()
            .unwrap_or_else(|error| panic!("{}: {error}", self.path));
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        drop_doc_comments(tokens)
    }
}

/// One token with the line on which it stands.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    /// Returns the text of a string, if the token is one.
    pub(crate) fn string(&self) -> Option<String> {
        syn::parse_str::<syn::LitStr>(&self.text)
            .ok()
            .map(|literal| literal.value())
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => flatten(group.stream(), tokens),
            other => tokens.push(Token {
                text: other.to_string(),
                line,
            }),
        }
    }
}

/// A doc comment arrives as `doc = "…"`.
fn drop_doc_comments(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::new();
    for token in tokens {
        let is_doc =
            matches!(&kept[..], [.., doc, equals] if doc.text == "doc" && equals.text == "=");
        if is_doc {
            kept.truncate(kept.len() - 2);
        } else {
            kept.push(token);
        }
    }
    kept
}

#[test]
fn tokens_hold_code_but_neither_comments_nor_unit_tests() {
    let source = Source {
        path: "sample.rs".to_owned(),
        text: "//! \"a\"\n/// \"b\"\nfn f() { g(\"c\"); // \"d\"\n}\n\n#[cfg(test)]\nmod tests {\n \"e\" }"
            .to_owned(),
    };
    let tokens = source.tokens();
    let strings: Vec<_> = tokens
        .iter()
        .filter_map(|token| Some((token.string()?, token.line)))
        .collect();
    assert_eq!(strings, [("c".to_owned(), 3)]);
}
