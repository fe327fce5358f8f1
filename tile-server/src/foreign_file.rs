//! Reads a foreign file in a process of its own, `obzor-gdal`, which may crash or hang without harm.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use importers::table::{ForeignTable, TableReader};

use crate::commands::Refused;
use crate::spool::ImportSpool;

const WORKER: &str = "obzor-gdal";
/// What the worker gets of our environment: where GDAL and PROJ have their tables.
const ENVIRONMENT: [&str; 4] = ["GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "LD_LIBRARY_PATH"];
/// How many lines may wait to be understood.
const LINES_AHEAD: usize = 1024;

/// Reads one layer of a file.
///
/// The worker gets a copy that it cannot write to and none of our environment. It limits its own memory and time;
/// when it says nothing for `patience`, it is stopped.
pub(crate) fn read(
    file: &Path,
    layer_name: Option<&str>,
    spool: &ImportSpool,
    patience: Duration,
    mut progress: impl FnMut(&ForeignTable),
) -> anyhow::Result<ForeignTable> {
    let copy = spool
        .copy(file)
        .with_context(|| format!("soubor {} nelze přečíst", file.display()))?;
    let complaints = spool.path("complaints");
    let mut worker = Worker::start(&copy, layer_name, &complaints)?;
    let lines = worker.lines();
    let mut reader = TableReader::default();
    let understood = loop {
        match lines.recv_timeout(patience) {
            Ok(line) => {
                if let Err(error) = reader.line(&line) {
                    break Err(error);
                }
                progress(reader.table());
            }
            Err(RecvTimeoutError::Disconnected) => break Ok(()),
            Err(RecvTimeoutError::Timeout) => bail!(
                "{WORKER} {} s nic neřekl a byl zastaven; soubor je asi poškozený",
                patience.as_secs()
            ),
        }
    };
    let status = worker.stop(understood.is_err())?;
    let said = fs::read_to_string(&complaints).unwrap_or_default();
    if understood.is_ok() && !status.success() {
        bail!("soubor se nepodařilo přečíst ({status}): {}", said.trim());
    }
    understood?;
    Ok(reader.finish()?)
}

/// The running process; stopped when it is dropped.
struct Worker(Child);

impl Worker {
    fn start(file: &Path, layer_name: Option<&str>, complaints: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe()
            .context("the program does not know where it lies")?
            .with_file_name(WORKER);
        if !program.is_file() {
            return Err(Refused(format!(
                "vedle programu obzor chybí {WORKER}, který čte cizí soubory"
            ))
            .into());
        }
        let environment = ENVIRONMENT
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut command = Command::new(program);
        command.arg("read").arg(file).env_clear().envs(environment);
        if let Some(name) = layer_name {
            command.args(["--layer-name", name]);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(complaints)?);
        Ok(Self(
            command
                .spawn()
                .with_context(|| format!("{WORKER} nelze spustit"))?,
        ))
    }

    /// Passes on the lines that it prints, until it closes its output.
    fn lines(&mut self) -> Receiver<String> {
        let (sender, lines) = sync_channel(LINES_AHEAD);
        let output = self.0.stdout.take().map(BufReader::<ChildStdout>::new);
        thread::spawn(move || {
            let read = output.into_iter().flat_map(BufRead::lines);
            for line in read.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        lines
    }

    /// Waits for its end, or brings it about.
    fn stop(&mut self, now: bool) -> std::io::Result<std::process::ExitStatus> {
        if now {
            self.0.kill()?;
        }
        self.0.wait()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself; then neither call does anything.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
