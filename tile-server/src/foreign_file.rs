//! Reads a foreign file in a process of its own, `obzor-gdal`, which may crash or hang without harm.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use importers::table::{ForeignLayer, ForeignRow, RowReader};

use crate::commands::Refused;
use crate::spool::{Held, ImportSpool};

const WORKER: &str = "obzor-gdal";
/// What the worker gets of our environment: where GDAL and PROJ have their tables.
const ENVIRONMENT: [&str; 4] = ["GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "LD_LIBRARY_PATH"];
/// How many bytes of lines are passed on together: to wake another thread for each line costs more than to read it.
const BLOCK: usize = 64 << 10;
/// How many bytes the worker may be ahead, if the system allows it: as many as wait anyway, in fewer turns.
const AHEAD: usize = BLOCK * BLOCKS_AHEAD;
/// How many blocks may wait to be understood.
const BLOCKS_AHEAD: usize = 16;

/// A foreign file that is ready to be read.
///
/// The worker gets a copy that it cannot write to, or a large file itself, and none of our environment. It limits its own memory and time;
/// when it says nothing for `patience`, it is stopped.
pub(crate) struct Source<'a> {
    held: Held,
    complaints: PathBuf,
    layer_name: Option<&'a str>,
    patience: Duration,
}

impl<'a> Source<'a> {
    /// Makes sure that the file stays as it is, or that it shows when it does not.
    pub(crate) fn new(
        file: &Path,
        layer_name: Option<&'a str>,
        spool: &ImportSpool,
        patience: Duration,
    ) -> anyhow::Result<Self> {
        let held = spool
            .hold(file)
            .with_context(|| format!("soubor {} nelze přečíst", file.display()))?;
        Ok(Self {
            held,
            complaints: spool.path("complaints"),
            layer_name,
            patience,
        })
    }

    /// Begins to read one layer of the file, up to what it says of its rows.
    pub(crate) fn open(&self) -> anyhow::Result<ForeignFile<'_>> {
        let mut worker = Worker::start(&self.held.path, self.layer_name, &self.complaints)?;
        let blocks = worker.blocks();
        let mut file = ForeignFile {
            source: self,
            worker,
            blocks,
            reader: RowReader::default(),
            first_rows: None,
        };
        file.first_rows = file.read_rows()?;
        Ok(file)
    }
}

/// A layer of a foreign file while its rows are read.
pub(crate) struct ForeignFile<'a> {
    source: &'a Source<'a>,
    worker: Worker,
    blocks: Receiver<String>,
    reader: RowReader,
    first_rows: Option<Vec<ForeignRow<'static>>>,
}

impl ForeignFile<'_> {
    /// Returns what the file says of the layer.
    pub(crate) fn layer(&self) -> anyhow::Result<&ForeignLayer> {
        self.reader
            .layer()
            .with_context(|| format!("{WORKER} neřekl, co v souboru je"))
    }

    /// Reads the next rows; none at the end, and only if nothing is missing.
    pub(crate) fn next_rows(&mut self) -> anyhow::Result<Option<Vec<ForeignRow<'static>>>> {
        match self.first_rows.take() {
            Some(rows) => Ok(Some(rows)),
            None => self.read_rows(),
        }
    }

    fn read_rows(&mut self) -> anyhow::Result<Option<Vec<ForeignRow<'static>>>> {
        let Some(block) = self.next_block()? else {
            return Ok(None);
        };
        let rows = self.rows(&block)?.into_iter();
        Ok(Some(rows.map(ForeignRow::into_owned).collect()))
    }

    /// Reads the lines after those of all rows so far, for [`ForeignFile::rows`]; none at the end, and only if nothing is
    /// missing.
    pub(crate) fn next_block(&mut self) -> anyhow::Result<Option<String>> {
        match self.blocks.recv_timeout(self.source.patience) {
            Ok(block) => Ok(Some(block)),
            Err(RecvTimeoutError::Disconnected) => self.finish().map(|()| None),
            Err(RecvTimeoutError::Timeout) => bail!(
                "{WORKER} {} s nic neřekl a byl zastaven; soubor je asi poškozený",
                self.source.patience.as_secs()
            ),
        }
    }

    /// Understands lines as rows.
    pub(crate) fn rows<'b>(&mut self, block: &'b str) -> anyhow::Result<Vec<ForeignRow<'b>>> {
        let rows = block.lines().map(|line| self.reader.line(line));
        let rows: Result<Vec<_>, _> = rows.filter_map(Result::transpose).collect();
        Ok(rows?)
    }

    /// Fails when the worker did, or when it did not come to the end.
    fn finish(&mut self) -> anyhow::Result<()> {
        let status = self.worker.0.wait()?;
        if !status.success() {
            let said = fs::read_to_string(&self.source.complaints).unwrap_or_default();
            bail!("soubor se nepodařilo přečíst ({status}): {}", said.trim());
        }
        if !self.source.held.is_unchanged()? {
            bail!("soubor se při čtení změnil; nic se nezapsalo, spusťte import znovu");
        }
        Ok(self.reader.finish()?)
    }
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

    /// Passes on the lines that it prints, as many together as are there, until it closes its output.
    fn blocks(&mut self) -> Receiver<String> {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        let output = self.0.stdout.take();
        if let Some(pipe) = &output {
            // Else it stays as long as pipes are.
            let _ = rustix::pipe::fcntl_setpipe_size(pipe, AHEAD);
        }
        let mut output = output.map(|pipe| BufReader::<ChildStdout>::with_capacity(BLOCK, pipe));
        thread::spawn(move || {
            while let Some(Ok(block)) = output.as_mut().map(next_block)
                && !block.is_empty()
                && sender.send(block).is_ok()
            {}
        });
        blocks
    }
}

/// Reads whole lines: at least one, and then those that have come already; nothing at the end.
fn next_block(output: &mut impl BufRead) -> io::Result<String> {
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        let come = output.fill_buf()?;
        let end = come.iter().rposition(|&byte| byte == b'\n');
        let taken = end.map_or(come.len(), |end| end + 1);
        block.extend_from_slice(&come[..taken]);
        output.consume(taken);
        if end.is_some() || taken == 0 {
            return String::from_utf8(block).map_err(io::Error::other);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself; then neither call does anything.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
