//! `delineate completions` and `delineate man`.

use crate::util::Folder;

#[test]
fn every_shell_has_completions() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = folder.run(&["completions", shell]).exits(0);
        assert!(ran.stdout.contains("export"), "{shell}: {}", ran.stdout);
    }
    folder.run(&["completions", "tcsh"]).exits(2);
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = Folder::new();
    let page = folder.run(&["man"]).exits(0).stdout;
    assert!(page.contains(".TH delineate 1") && page.contains("export"), "{page}");
    let page = folder.run(&["man", "export"]).exits(0).stdout;
    assert!(
        page.contains(".TH delineate-export 1") && page.contains("excel"),
        "{page}"
    );
    folder.run(&["man", "unheard-of"]).exits(2);
    folder.run(&["man", "--out", "pages"]).exits(0);
    assert!(folder.path().join("pages/delineate.1").exists());
    assert!(folder.path().join("pages/delineate-search.1").exists());
    for page in std::fs::read_dir(folder.path().join("pages")).unwrap() {
        let name = page.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("__"), "{name} is the page of an inner command");
    }
    let page = folder.run(&["man", "search"]).exits(0).stdout;
    assert!(page.contains("SYNOPSIS\ndelineate search [OPTIONS] <QUERY>"), "{page}");
}
