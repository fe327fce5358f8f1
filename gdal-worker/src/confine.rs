//! What this process takes away from itself before it opens a file of a stranger.

use std::collections::BTreeMap;
use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::error::WorkerError;

/// Address space in bytes: enough for a cadastral area, not for a bomb.
const ADDRESS_SPACE: u64 = 4 << 30;
/// Processor time in seconds.
const PROCESSOR_TIME: u64 = 600;

/// The calls that reach other machines and start other programs.
const FORBIDDEN: [libc::c_long; 5] = [
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
];

/// Limits memory and processor time, forbids dumps, the network and other programs; there is no way back.
pub(crate) fn confine() -> Result<(), WorkerError> {
    for (resource, most) in [
        (Resource::As, ADDRESS_SPACE),
        (Resource::Cpu, PROCESSOR_TIME),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(|error| WorkerError::Confine(error.to_string()))?;
    }
    forbid_calls().map_err(|error| WorkerError::Confine(error.to_string()))
}

fn forbid_calls() -> Result<(), Box<dyn std::error::Error>> {
    let rules: BTreeMap<_, _> = FORBIDDEN.iter().map(|&call| (call, Vec::new())).collect();
    let refused = io::Error::from(io::ErrorKind::PermissionDenied);
    let refuse = SeccompAction::Errno(refused.raw_os_error().unwrap_or(libc::EACCES) as u32);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        refuse,
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;

    #[test]
    fn a_confined_thread_reaches_nobody_and_starts_nothing() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        assert!(TcpStream::connect(address).is_ok(), "before");
        assert!(Command::new("true").status().is_ok(), "before");
        std::thread::spawn(move || {
            confine().expect("confined");
            let connected = TcpStream::connect(address).expect_err("refused");
            assert_eq!(connected.kind(), io::ErrorKind::PermissionDenied);
            assert!(Command::new("true").status().is_err());
        })
        .join()
        .expect("the thread ends well");
    }
}
