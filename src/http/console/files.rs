//! The files of the console, which travel in the binary.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The name of the page itself, which is what the folder's own address stands for.
const INDEX: &str = "index.html";

/// Each file with its name below the folder `static`.
macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("static/", $name)).as_slice())),*]
    };
}

/// All files, with their bytes.
static CONTENTS: [(&str, &[u8]); 29] = files! {
    "index.html"
    "icon.svg"
    "style.css"
    "app.js"
    "dialog.js"
    "dom.js"
    "page.js"
    "route.js"
    "server.js"
    "sign.js"
    "pages/attributes.js"
    "pages/clients.js"
    "pages/clock.js"
    "pages/connect.js"
    "pages/devices.js"
    "pages/events.js"
    "pages/factors.js"
    "pages/faults.js"
    "pages/groups.js"
    "pages/memberships.js"
    "pages/outbox.js"
    "pages/pool.js"
    "pages/pools.js"
    "pages/requests.js"
    "pages/seeds.js"
    "pages/sessions.js"
    "pages/snapshots.js"
    "pages/user.js"
    "pages/users.js"
};

static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    CONTENTS
        .map(|(name, content)| File::new(name, content))
        .into()
});

/// A file as it is answered.
pub(super) struct File {
    name: &'static str,
    /// Its media type.
    pub(super) kind: &'static str,
    pub(super) content: &'static [u8],
    /// Its entity tag, which follows from the bytes.
    pub(super) tag: String,
}

impl File {
    fn new(name: &'static str, content: &'static [u8]) -> Self {
        let kind = match name.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        Self {
            name,
            kind,
            content,
            tag: format!("\"{}\"", hex::encode(Sha256::digest(content))),
        }
    }

    /// The file of this name; without a name, the page itself. Returns `None` if there is none.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        let name = if name.is_empty() { INDEX } else { name };
        FILES.iter().find(|file| file.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The most lines of a script, so that each stays a page that one reads at once.
    const MOST_LINES: usize = 300;

    fn below(folder: &Path, prefix: &str, names: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                below(&entry.path(), &format!("{name}/"), names);
            } else {
                names.insert(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_answered_and_is_short() {
        let mut names = BTreeSet::new();
        below(Path::new("src/http/console/static"), "", &mut names);
        let listed: BTreeSet<String> = CONTENTS
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        assert_eq!(listed, names);
        for (name, content) in &CONTENTS {
            let is_script = Path::new(name).extension().is_some_and(|end| end == "js");
            let lines = str::from_utf8(content).unwrap().lines().count();
            assert!(
                !is_script || lines <= MOST_LINES,
                "{name} has {lines} lines"
            );
        }
    }

    #[test]
    fn no_file_loads_anything_from_elsewhere_or_makes_html_of_text() {
        for (name, content) in &CONTENTS {
            let text = str::from_utf8(content).unwrap();
            for banned in [
                "://",
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "localStorage",
                "sessionStorage",
                "document.cookie",
                "@import",
                "url(",
            ] {
                // An example in a refusal, and the name of a format.
                let text = text
                    .replace("http://localhost.", "")
                    .replace("http://www.w3.org/2000/svg", "");
                assert!(!text.contains(banned), "{name} has {banned}");
            }
        }
    }
}
