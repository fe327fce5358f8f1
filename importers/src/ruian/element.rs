//! One element of XML with all below it: a record is small, the file is not.

/// An element; names are without their namespace prefix.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    /// The `gml:id`, empty if there is none.
    pub(super) id: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Returns the children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Returns the first element along a path of names.
    pub(super) fn find<'a>(&'a self, path: &[&str]) -> Option<&'a Element> {
        path.iter().try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == *name)
        })
    }
}
