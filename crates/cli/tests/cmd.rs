//! What slowlog says, word for word: `tests/cmd/*.trycmd`, and every example of the documents.
//!
//! `TRYCMD=overwrite cargo test -p slowlog-cli --test cmd` writes what it says now.

use std::path::Path;

#[test]
fn words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The documents' examples are called from the root of the repository, where a reader is.
    std::env::set_current_dir(&root).unwrap();
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .case("crates/cli/tests/cmd/*.trycmd")
        .case("README.md")
        .case("docs/GUIDE.md")
        .run();
}
