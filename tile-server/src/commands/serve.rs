//! `obzor serve`: answers requests until it is told to stop.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use clap::Args;
use layers::{Audience, StoreError};

use super::{InstanceArgs, Refused, print};
use crate::accounts::registrar::Registrar;
use crate::accounts::{AccountError, links};
use crate::attachments;
use crate::audit::{Actor, AuditLog};
use crate::city::City;
use crate::config::{Config, DEFAULT_ZOOM};
use crate::draft_spool::{BACKUP, DraftSpool, PACKAGE};
use crate::export::{self, Exports};
use crate::http::{self, Certificate, Listeners};
use crate::instance::Instance;
use crate::small_reads;
use crate::spool::ImportSpool;
use crate::store_address::StoreAddress;

/// What may be typed after `obzor serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    instance: InstanceArgs,
    /// The port to listen on; 0 takes a free one and the log says which.
    #[arg(long, default_value_t = 8080, env = "OBZOR_PORT")]
    port: u16,
    /// The address to listen on; 0.0.0.0 is every network of this machine.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        env = "OBZOR_BIND"
    )]
    bind: IpAddr,
    /// A standby of the store's database, from which everybody reads who has no token; else `read_from` in `obzor.toml`,
    /// else the store itself.
    #[arg(
        long,
        value_name = "URL",
        env = "OBZOR_READ_FROM",
        hide_env_values = true
    )]
    read_from: Option<StoreAddress>,
}

/// How long tiles are not prepared because attached tables are looked at for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// Serves the instance; SIGTERM or Ctrl+C stops it after the requests that are being answered.
pub fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let instance = Instance::of(&args.instance);
    let config = instance.config()?;
    let store = instance.open_store()?;
    if let Some(role) = instance.mighty_login()? {
        tracing::info!(
            "the database role {role} may do more than a server needs; docs/database-roles.md says which one to make"
        );
    }
    // What a killed import, publication, package or backup left behind goes; one that is running keeps its files.
    drop(ImportSpool::take(&instance.spool()).context("the spool cannot be emptied")?);
    for kind in [PACKAGE, BACKUP] {
        let spool = DraftSpool::take(&instance.spool(), kind);
        drop(spool.context("the spool cannot be emptied")?);
    }
    if matches!(store.write(&[]), Err(StoreError::ReadOnly)) {
        // A copy may not know yet what was just published.
        tracing::info!("the store is a standby: this server only reads");
    } else {
        drop(instance.public_files().take(&*store)?);
    }
    let standby = instance.open_standby(args.read_from.as_ref(), store.layers())?;
    let listeners = listen(args, &config)?;
    let address = listeners
        .http
        .local_addr()
        .context("the listener has no address")?;
    let (files, audit) = (instance.public_files(), AuditLog::of(&instance)?);
    let attachment_files = instance.attachment_files()?;
    let exports = Exports::at(&instance.spool(), config.exports_kept)
        .context("the spool cannot take exports")?;
    let by = Registrar::new(&*store, &audit, Actor::at_command_line());
    invite_administrator(&by, config.public_url.as_deref(), address)?;
    let city = Arc::new(City::new(
        config,
        store,
        standby,
        files,
        attachment_files,
        exports,
        audit,
    ));
    let warmed = Arc::clone(&city);
    let looked_at = city.watch_attached();
    std::thread::spawn(move || {
        // What is read after the first look need not be read again because of it; an error says that it is over.
        let _ = looked_at.recv_timeout(FIRST_LOOK);
        warm_up(&warmed);
    });
    city.attend();
    small_reads::attend(&city);
    attachments::attend(&city);
    export::attend(&city);
    tracing::info!("listening on http://{address}/");
    let served = actix_web::rt::System::new().block_on(http::serve(Arc::clone(&city), listeners));
    city.write_small_reads(true);
    city.exports.give_up();
    served.context("the server failed")
}

/// Prints a one-time link while there is no user: whoever runs the server is the first administrator.
///
/// It goes to standard output, not into the log, which may be read by more people and is kept for longer.
fn invite_administrator(
    by: &Registrar<'_>,
    public_url: Option<&str>,
    address: SocketAddr,
) -> anyhow::Result<()> {
    let now = SystemTime::now().into();
    let secret = match links::make_first(by, now) {
        Ok(Some(secret)) => secret,
        Ok(None) | Err(AccountError::Store(StoreError::ReadOnly)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let here = format!("http://{address}");
    let link = links::address(public_url.unwrap_or(&here), &secret);
    print(&format!(
        "Zatím tu není žádný správce. Kdo do 24 hodin otevře tento odkaz, stane se jím:\n\
         There is no administrator yet. Whoever opens this link within 24 hours becomes one:\n  {link}"
    ))
}

/// Takes the addresses of the command line and of the configuration.
fn listen(args: &ServeArgs, config: &Config) -> anyhow::Result<Listeners> {
    let take = |address: SocketAddr, choose: &str| {
        TcpListener::bind(address).map_err(|error| {
            Refused(format!(
                "cannot listen on {address}: {error}; choose another {choose}"
            ))
        })
    };
    let https = config.https.clone().map(|files| -> anyhow::Result<_> {
        let listener = take(files.listen, "https.listen")?;
        tracing::info!("listening on https://{}/", files.listen);
        let certificate = Certificate::read(files).context("HTTPS cannot be served")?;
        Ok((listener, certificate))
    });
    let metrics = config.metrics.map(|address| take(address, "metrics"));
    Ok(Listeners {
        http: take((args.bind, args.port).into(), "--port")?,
        https: https.transpose()?,
        metrics: metrics.transpose()?,
    })
}

/// Loads tiles and search before anybody asks; a request that comes earlier loads what it needs itself.
fn warm_up(city: &City) {
    let drawn = city.drawable_views(&Audience::PUBLIC);
    if let Err(error) = city.tiles.load(&drawn) {
        tracing::error!("tiles cannot be loaded: {error}");
    }
    if let Err(error) = city.search.warm_up(&Audience::PUBLIC) {
        tracing::error!("the search index cannot be built: {error}");
    }
    if let Err(error) = city.quality.report() {
        tracing::error!("the quality of the data cannot be looked at: {error}");
    }
    let zoom = city.config.start.map_or(DEFAULT_ZOOM, |start| start.zoom);
    if let Err(error) = city.tiles.make_variants(&drawn, zoom as u8) {
        tracing::error!("tiles cannot be prepared: {error}");
    }
}
