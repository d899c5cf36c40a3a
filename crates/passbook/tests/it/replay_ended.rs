//! A replay that a signal ends takes its servers and its temporary directory with it; nothing that a person made is written
//! over.

use crate::bank::{Running, passbook, refused};
use crate::replay_input::{Input, SMALL};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The processes of a parent (proc(5)).
fn children(of: u32) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap());
    let parent = format!(" {of} ");
    entries
        .filter_map(|entry| {
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // After the name, which may hold anything: state, parent.
            let after = stat.rsplit_once(')')?.1;
            (after.get(2..)?.starts_with(&parent)).then_some(id)
        })
        .collect()
}

fn wait_until(mut what: impl FnMut() -> bool) {
    while !what() {
        std::thread::yield_now();
    }
}

fn is_gone(id: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
    let is_zombie = |stat: &str| {
        let state = stat.rsplit_once(')').map(|(_, after)| after.trim_start());
        state.is_some_and(|state| state.starts_with('Z'))
    };
    test_kill_process(Pid::from_raw(id).unwrap()).is_err()
        || stat.is_ok_and(|stat| is_zombie(&stat))
}

fn directories(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A replay that is under way: its servers run.
fn under_way(input: &Input, temporary: &Path, nohup: bool) -> (Running, i32) {
    let mut command = if nohup {
        let mut command = Command::new("nohup");
        command.arg(env!("CARGO_BIN_EXE_passbook"));
        command
    } else {
        passbook()
    };
    command
        .args(["replay", "--json"])
        .arg(input.path())
        .env("TMPDIR", temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let replay = Running(command.spawn().unwrap());
    let mut servers = Vec::new();
    wait_until(|| {
        servers = children(replay.0.id());
        let log = directories(temporary).first().map(|path| path.join("bank"));
        !servers.is_empty() && log.is_some_and(|bank| bank.join("operator-token").exists())
    });
    (replay, servers[0])
}

#[test]
fn a_signal_ends_the_servers_and_removes_what_is_temporary() {
    let input = Input::new(SMALL);
    for (signal, status) in [
        (Signal::TERM, Some(143)),
        (Signal::HUP, Some(129)),
        (Signal::INT, Some(130)),
        (Signal::KILL, None),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        let (mut replay, servers) = under_way(&input, temporary.path(), false);
        // As a terminal does, to the whole group.
        let group = Pid::from_child(&replay.0);
        kill_process_group(group, signal).unwrap();
        assert_eq!(replay.0.wait().unwrap().code(), status, "{signal:?}");
        wait_until(|| is_gone(servers));
        wait_until(|| directories(temporary.path()).is_empty());
    }
}

#[test]
fn a_replay_that_ignores_hangups_goes_on() {
    let input = Input::new(SMALL);
    let temporary = tempfile::tempdir().unwrap();
    let (mut replay, servers) = under_way(&input, temporary.path(), true);
    replay.signal(Signal::HUP);
    assert_eq!(replay.0.wait().unwrap().code(), Some(0));
    assert!(is_gone(servers));
    assert!(directories(temporary.path()).is_empty());
}

#[test]
fn nothing_that_is_there_is_written_over_and_what_cannot_be_written_is_found_at_once() {
    let input = Input::new(SMALL);
    let directory = tempfile::tempdir().unwrap();
    let configuration = directory.path().join("passbook.toml");
    std::fs::write(&configuration, "# our own bank\n").unwrap();
    let replay = |arguments: &[&str]| {
        let mut command = passbook();
        command.arg("replay").arg(input.path()).args(arguments);
        refused(
            command
                .current_dir(directory.path())
                .env("TMPDIR", directory.path()),
        )
    };
    assert!(replay(&["--dir", "."]).contains("--dir . is not empty"));
    let text = std::fs::read_to_string(&configuration).unwrap();
    assert_eq!(text, "# our own bank\n");
    assert!(
        replay(&["--dump", "/no/such/dir/x"]).contains("--dump /no/such/dir/x cannot be written")
    );
    assert!(replay(&["--dump", "passbook.toml"]).contains("something other than a dump"));
    assert_eq!(std::fs::read_to_string(&configuration).unwrap(), text);
    for every in ["0", "-1", "nan"] {
        let told = replay(&[&format!("--kill-every={every}")]);
        assert!(told.contains("above 0"), "{told}");
    }
    let mut bench = passbook();
    bench.args(["bench", "publish", "--dir", "."]);
    let told = refused(bench.current_dir(directory.path()));
    assert!(told.contains("--dir . is not empty"), "{told}");
    assert_eq!(
        directories(directory.path()),
        [configuration],
        "nothing was started"
    );
}
