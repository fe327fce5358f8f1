//! How the server starts and stops: connections are accepted, let through the gate and cut off when they are too slow.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol};
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder, ServerHandle};
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_factory, fn_service,
    map_config,
};
use actix_web::dev::AppConfig;
use actix_web::web::Data;
use actix_web::{App, Error, rt};
use rustix::process::{Resource, getrlimit, setrlimit};
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;

use crate::city::City;
use crate::config::HttpLimits;

use super::events::Listeners as OpenMaps;
use super::gate::{Connection, Full, Gate, Stream, TooSlow};
use super::https::Certificate;
use super::metrics::{self, Metrics};

/// A connection as the server below takes it.
type Arrival = (Stream, Protocol, Option<SocketAddr>);

/// How long requests that are being answered may take when the server stops.
const STOP_SECONDS: u64 = 20;
const MIN_WORKERS: usize = 2;
/// How often a connection is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long a client may acknowledge nothing of what it was sent.
const SILENCE: Duration = Duration::from_secs(30);
/// How many bytes the system keeps for a client beside those on their way: the less, the sooner a slow one shows.
const UNSENT: u32 = 128 * 1024;
/// Files that are open beside connections: the store, what is downloaded, the log.
const OTHER_FILES: u64 = 512;
/// How long it may take to say that there is no place.
const REFUSING: Duration = Duration::from_secs(1);

/// Where the server listens; the addresses are taken before anything else is done.
pub(crate) struct Listeners {
    pub(crate) http: TcpListener,
    pub(crate) https: Option<(TcpListener, Arc<Certificate>)>,
    pub(crate) metrics: Option<TcpListener>,
}

/// Answers requests until the program is told to stop; requests that are being answered then are finished first.
pub(crate) async fn serve(city: Arc<City>, listeners: Listeners) -> io::Result<()> {
    let plain = Entrance::new(city);
    let open_streams = Data::clone(&plain.open_maps);
    let mut builder = builder(&plain.gate.limits);
    let stopping = builder.graceful_shutdown_signal();
    if let Some(listener) = listeners.metrics {
        let numbers = plain.clone();
        builder = builder.listen("metrics", listener, move || numbers.metrics_service())?;
    }
    if let Some((listener, certificate)) = listeners.https {
        let encrypted = Entrance {
            tls: Some(certificate.acceptor()),
            ..plain.clone()
        };
        let stopping = stopping.clone();
        rt::spawn(certificate.keep_fresh());
        builder = builder.listen("https", listener, move || encrypted.open(&stopping))?;
    }
    let server = builder
        .listen("http", listeners.http, move || plain.open(&stopping))?
        .run();
    rt::spawn(stop_when_told(server.handle(), open_streams));
    server.await
}

/// Begins to make the server, of as many workers as the machine has processors.
fn builder(limits: &HttpLimits) -> ServerBuilder {
    raise_open_files(limits.connections);
    let workers = thread::available_parallelism().map_or(MIN_WORKERS, NonZero::get);
    Server::build()
        .workers(workers.max(MIN_WORKERS))
        .shutdown_timeout(STOP_SECONDS)
        .disable_signals()
}

/// Lets the program open as many files as the system allows it: every connection is one.
fn raise_open_files(connections: usize) {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // As many as before are open when the system refuses; what counts is how many that is.
    let _ = setrlimit(Resource::Nofile, limit);
    let allowed = getrlimit(Resource::Nofile).current;
    let needed = connections as u64 + OTHER_FILES;
    if allowed.is_some_and(|allowed| allowed < needed) {
        tracing::warn!(
            "{connections} connections need {needed} open files and the system allows {allowed:?}; \
             lower http.connections in obzor.toml or raise LimitNOFILE"
        );
    }
}

async fn stop_when_told(server: ServerHandle, streams: Data<OpenMaps>) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler can be installed");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping; requests that are being answered are finished first");
    streams.stop();
    server.stop(true).await;
}

/// What every worker needs to let connections in.
#[derive(Clone)]
pub(crate) struct Entrance {
    pub(super) city: Data<City>,
    pub(super) open_maps: Data<OpenMaps>,
    pub(super) gate: Data<Gate>,
    pub(super) metrics: Data<Metrics>,
    tls: Option<TlsAcceptor>,
}

impl Entrance {
    fn new(city: Arc<City>) -> Self {
        Self {
            gate: Data::new(Gate::new(city.config.http.clone())),
            city: Data::from(city),
            open_maps: Data::new(OpenMaps::new()),
            metrics: Data::new(Metrics::new()),
            tls: None,
        }
    }

    /// Makes a worker's service of connections.
    fn open(
        &self,
        stopping: &GracefulShutdownSignal,
    ) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()> + use<>
    {
        let http = Rc::new(self.http(stopping.clone()));
        let entrance = self.clone();
        fn_factory(move || {
            let (http, entrance) = (Rc::clone(&http), entrance.clone());
            async move {
                let http = Rc::new(http.new_service(()).await?);
                Ok(fn_service(move |stream| {
                    let_in(stream, Rc::clone(&http), entrance.clone())
                }))
            }
        })
    }

    /// Makes a worker's service of requests.
    fn http(
        &self,
        stopping: GracefulShutdownSignal,
    ) -> impl ServiceFactory<
        Arrival,
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<> {
        let app = super::app(self)
            .into_factory()
            .map_err(|error: Error| error.error_response());
        HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KeepAlive::Timeout(self.gate.limits.idle))
            .client_request_timeout(self.gate.limits.head)
            .on_connect_ext(|stream: &Stream, data| {
                data.insert(Rc::clone(&stream.connection));
            })
            .finish(map_config(app, |()| AppConfig::default()))
    }

    /// Makes a worker's service of connections from Prometheus.
    fn metrics_service(
        &self,
    ) -> impl ServiceFactory<
        TcpStream,
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<> {
        let app = App::new()
            .app_data(Data::clone(&self.city))
            .app_data(Data::clone(&self.gate))
            .app_data(Data::clone(&self.metrics))
            .configure(metrics::page)
            .into_factory()
            .map_err(|error: Error| error.error_response());
        HttpService::build()
            .finish(map_config(app, |()| AppConfig::default()))
            .tcp()
    }
}

/// Lets a connection in if there is a place, until it ends or is too slow.
async fn let_in<S>(stream: TcpStream, http: Rc<S>, entrance: Entrance) -> Result<(), ()>
where
    S: Service<Arrival>,
{
    let Ok(peer) = stream.peer_addr() else {
        // It is gone already.
        return Ok(());
    };
    let proxies = &entrance.city.config.proxies;
    let _place = match entrance.gate.connect(peer.ip(), proxies) {
        Ok(place) => place,
        Err(full) => {
            entrance.metrics.refused(full.word());
            refuse(stream, full).await;
            return Ok(());
        }
    };
    let connection = Rc::new(Connection::new(entrance.tls.is_some()));
    tokio::select! {
        () = converse(stream, Rc::clone(&connection), &*http, &entrance) => {}
        reason = grow_tired(&connection, &entrance.gate.limits) => entrance.metrics.cut_off(reason.word()),
    }
    Ok(())
}

/// Answers a connection until it ends, in whatever way.
async fn converse<S>(stream: TcpStream, connection: Rc<Connection>, http: &S, entrance: &Entrance)
where
    S: Service<Arrival>,
{
    let peer = stream.peer_addr().ok();
    prepare(&stream);
    // A handshake that fails is the client's affair.
    if let Ok(stream) = Stream::open(stream, connection, entrance.tls.as_ref()).await {
        let _ = http.call((stream, Protocol::Http1, peer)).await;
    }
}

/// Ends when the client is too slow.
async fn grow_tired(connection: &Connection, limits: &HttpLimits) -> TooSlow {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if let Some(reason) = connection.too_slow(limits) {
            return reason;
        }
    }
}

/// Sets what the system does for the connection; a system that cannot, serves all the same.
fn prepare(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_user_timeout(Some(SILENCE));
    let _ = socket.set_tcp_notsent_lowat(UNSENT);
}

/// Says that there is no place, if the client takes it at once.
async fn refuse(mut stream: TcpStream, full: Full) {
    let status = match full {
        Full::ForAll => "503 Service Unavailable",
        Full::ForThisAddress => "429 Too Many Requests",
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    let say = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // What was sent and is not read would make the system take the answer back.
        stream.readable().await?;
        stream.try_read(&mut [0; 4096])
    };
    // Who does not take it has no place either.
    let _ = timeout(REFUSING, say).await;
}
