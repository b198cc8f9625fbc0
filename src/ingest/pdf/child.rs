//! A process of its own for work that may crash or never end.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::super::Limits;

/// Time beside the bound on processor time: a machine at work gives a process a part of
/// its time only.
const PATIENCE: u32 = 3;

/// Runs a program on a file's bytes and returns what it writes.
///
/// It has no shell, no environment and no terminal, and ends after the time that the
/// limits allow.
///
/// # Errors
/// In words for the user: when the program cannot be run, fails, takes too long or writes
/// too much.
pub(super) fn run(
    program: &Path,
    args: &[OsString],
    bytes: &[u8],
    limits: &Limits,
) -> Result<Vec<u8>, String> {
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    // Without these, no program starts on Windows.
    for name in ["SystemRoot", "windir"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    let child = command.spawn().map_err(|e| {
        format!("its reader cannot be started: {}", super::super::plain(&e))
    })?;
    let mut child = KilledWhenDropped(child);
    let most = limits.text_bytes as u64 * 2;
    let seconds = Duration::from_secs(limits.seconds) * PATIENCE;
    let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
    let (sender, receiver) = mpsc::channel();
    // Both threads are on their own: were a process left that keeps a pipe open, nobody
    // would wait for it.
    let bytes = bytes.to_vec();
    thread::spawn(move || {
        // A child that fails early does not read to the end.
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&bytes);
        }
    });
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.map(|out| out.take(most + 1).read_to_end(&mut output));
        // Nobody waits any more when the time is over.
        let _ = sender.send(read.is_some_and(|r| r.is_ok()).then_some(output));
    });
    let output = receiver.recv_timeout(seconds);
    if !matches!(&output, Ok(Some(output)) if output.len() as u64 <= most) {
        let _ = child.0.kill();
    }
    let status = child.0.wait().map_err(|e| e.to_string())?;
    match output {
        Err(_) => Err(format!("took longer than {} s", limits.seconds)),
        Ok(None) => Err("its reader gave no answer".to_owned()),
        Ok(Some(output)) if output.len() as u64 > most => {
            let limit = limits.text_bytes >> 20;
            Err(format!("holds more than {limit} MiB of text"))
        }
        Ok(Some(output)) if status.success() => Ok(output),
        Ok(Some(_)) => Err(failure(status, limits)),
    }
}

/// Why a child failed.
fn failure(status: ExitStatus, limits: &Limits) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;

        // Signals of the bound on processor time.
        const XCPU: i32 = 24;
        const KILL: i32 = 9;
        if let Some(signal) = status.signal() {
            let memory = limits.memory_bytes >> 20;
            return match signal {
                XCPU | KILL => format!("took longer than {} s", limits.seconds),
                _ => format!(
                    "its reader crashed on it, or needed more than {memory} MiB"
                ),
            };
        }
    }
    let _ = (status, limits);
    "damaged, encrypted or not a PDF".to_owned()
}

/// Sets bounds for this process and all that it becomes: processor time in seconds and
/// memory in bytes; no files written, no core dump.
///
/// Where the system has no such bounds, the parent's bound on time remains.
pub fn confine(seconds: u64, memory: u64) {
    #[cfg(all(unix, feature = "pdf"))]
    {
        use rlimit::{Resource, setrlimit};

        // A second to the hard limit, at which the system kills.
        let _ = setrlimit(Resource::CPU, seconds, seconds + 1);
        let _ = setrlimit(Resource::AS, memory, memory);
        let _ = setrlimit(Resource::FSIZE, 0, 0);
        let _ = setrlimit(Resource::CORE, 0, 0);
    }
    let _ = (seconds, memory);
}

/// A child that does not outlive its reader, also when that panics.
struct KilledWhenDropped(Child);

impl Drop for KilledWhenDropped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
