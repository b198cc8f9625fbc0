//! Odd names, and what is no plain file.

use super::Outcome::{self, Ignored, Says};
use super::{PROSE, noise};
use crate::util::Folder;

/// Names that a shell, a terminal or a table might stumble over.
pub(super) fn names() -> Vec<(std::ffi::OsString, Outcome)> {
    use std::os::unix::ffi::OsStringExt;
    let prose = Says("Seven people sign");
    let mut names: Vec<(std::ffi::OsString, Outcome)> = [
        ("new\nline.txt", prose),
        ("escape\u{1b}[31m.txt", prose),
        ("bell\u{7}.txt", prose),
        ("-rf.txt", prose),
        ("--index=x.txt", prose),
        ("with space.txt", prose),
        ("quote\"and'tick.txt", prose),
        ("$(touch made-by-shell).txt", prose),
        ("`touch made-by-shell`.txt", prose),
        ("; touch made-by-shell ;.txt", prose),
        ("star*.txt", prose),
        ("[a-z]?.txt", prose),
        ("back\\slash.txt", prose),
        ("comma,name.txt", prose),
        ("=HYPERLINK(\"http:x\").txt", prose),
        ("@sum.txt", prose),
        ("hash#1.txt", prose),
        ("percent%00%2e%2e.txt", prose),
        ("right\u{202e}txt.md", prose),
        ("emoji😀.txt", prose),
        ("e\u{301}.txt", prose),
        ("\u{e9}.txt", prose),
        ("CON.txt", prose),
        ("UPPER.TXT", prose),
        ("two.endings.md.txt", prose),
        ("dots...txt", prose),
        (" leading.txt", prose),
        ("tilde~.txt", prose),
        (".hidden.txt", Ignored),
        ("noending", Ignored),
        ("txt", Ignored),
        ("end.txt.", Ignored),
    ]
    .into_iter()
    .map(|(name, outcome)| (name.into(), outcome))
    .collect();
    names.push((format!("{}.txt", "n".repeat(251)).into(), prose));
    // Two that differ only in bytes that are no text.
    names.push((std::ffi::OsString::from_vec(b"bad\xff.txt".to_vec()), prose));
    names.push((std::ffi::OsString::from_vec(b"bad\xfe.txt".to_vec()), prose));
    names
}

/// Pipes, devices, sockets, links that loop or lead out of the folder: none is opened.
pub(super) fn make_special(folder: &Folder) -> Vec<&'static str> {
    use std::os::unix::fs::symlink;
    let secret = folder.write("outside/secret.txt", format!("Outside secret. {PROSE}"));
    folder.write("in/special/folder.txt/keep.txt", PROSE);
    let at = |name: &str| folder.path().join("in/special").join(name);
    symlink("self.txt", at("self.txt")).unwrap();
    symlink("..", at("up")).unwrap();
    symlink("nowhere", at("dangling.txt")).unwrap();
    symlink(&secret, at("outside.txt")).unwrap();
    symlink(secret.parent().unwrap(), at("outside")).unwrap();
    symlink("/dev/zero", at("zero.txt")).unwrap();
    symlink("/proc/self/environ", at("environ.txt")).unwrap();
    std::os::unix::net::UnixListener::bind(at("socket.txt")).unwrap();
    let make = |program: &str, args: &[&str]| {
        let made =
            std::process::Command::new(program).args(args).current_dir(at("")).status();
        made.is_ok_and(|status| status.success())
    };
    assert!(make("mkfifo", &["pipe.txt"]));
    // Only root can, and not in every container.
    let _ = make("mknod", &["device.txt", "c", "1", "5"]);
    let deep = (0..150).fold(String::new(), |path, _| path + "d/");
    folder.write(&format!("in/deep/{deep}end.txt"), PROSE);
    folder.write("in/ignored/.gitignore", noise(3000));
    folder.write("in/ignored/.delineateignore", "[\n**/**/**/**\\\n!\n".repeat(100));
    vec![
        "self.txt",
        "up",
        "dangling.txt",
        "outside",
        "zero.txt",
        "environ.txt",
        "socket.txt",
        "pipe.txt",
        "device.txt",
    ]
}
