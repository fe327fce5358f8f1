//! Sizes of files and functions: medians, and ceilings for the tail; clippy holds the ceiling of all functions.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::assert_none;
use super::source::{Source, crate_files};

const FILE_MAX: usize = 400;
const FILE_MEDIAN: usize = 120;
const LIB_MAX: usize = 60;
const FUNCTION_P90: usize = 30;
const FUNCTION_MEDIAN: usize = 10;
/// The functions that answer requests: those below this folder that are async.
const HANDLERS: &str = "tile-server/src/http/";
const HANDLER_MAX: usize = 25;

/// A function's name, its length in lines, and whether it is async.
type Function = (String, usize, bool);

/// Returns the functions of a file, unit tests aside.
fn functions(source: &Source) -> Vec<Function> {
    #[derive(Default)]
    struct Functions(Vec<Function>);
    impl Functions {
        fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
            let lines = block.span().end().line - signature.span().start().line + 1;
            self.0.push((
                signature.ident.to_string(),
                lines,
                signature.asyncness.is_some(),
            ));
        }
    }
    impl<'ast> Visit<'ast> for Functions {
        fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
            self.add(&function.sig, &function.block);
            visit::visit_item_fn(self, function);
        }
        fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
            self.add(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }
    let file = syn::parse_file(source.without_tests())
        .unwrap_or_else(|error| panic!("{}: {error}", source.path));
    let mut found = Functions::default();
    found.visit_file(&file);
    found.0
}

fn quantile(mut sizes: Vec<usize>, share: f64) -> usize {
    sizes.sort_unstable();
    sizes[(sizes.len() as f64 * share) as usize]
}

#[test]
fn files_are_short() {
    let files = crate_files();
    let size = |file: &Source| file.without_tests().lines().count();
    let mut violations: Vec<_> = files
        .iter()
        .map(|file| {
            let max = if file.path.ends_with("/lib.rs") {
                LIB_MAX
            } else {
                FILE_MAX
            };
            (file, size(file), max)
        })
        .filter(|(_, lines, max)| lines > max)
        .map(|(file, lines, max)| format!("{}: {lines} lines, at most {max}", file.path))
        .collect();
    let median = quantile(files.iter().map(size).collect(), 0.5);
    if median > FILE_MEDIAN {
        violations.push(format!(
            "the median file has {median} lines, aim at {FILE_MEDIAN}"
        ));
    }
    assert_none("files that are too long", &violations);
}

#[test]
fn functions_are_short() {
    let files = crate_files();
    let mut violations = Vec::new();
    let mut sizes = Vec::new();
    for file in &files {
        for (name, lines, is_async) in functions(file) {
            let is_handler = is_async && file.path.starts_with(HANDLERS);
            sizes.push(lines);
            if is_handler && lines > HANDLER_MAX {
                violations.push(format!(
                    "{}: {name} has {lines} lines, at most {HANDLER_MAX}",
                    file.path
                ));
            }
        }
    }
    for (share, aim) in [(0.5, FUNCTION_MEDIAN), (0.9, FUNCTION_P90)] {
        let found = quantile(sizes.clone(), share);
        if found > aim {
            violations.push(format!(
                "quantile {share} of functions is {found} lines, aim at {aim}"
            ));
        }
    }
    assert_none("functions that are too long", &violations);
}
