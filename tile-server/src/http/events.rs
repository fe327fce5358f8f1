//! `/events`: tells open maps which tiles changed, as server-sent events (HTML standard, section 9.2).

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderName};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, rt};
use layers::{LayerId, Revision};
use serde_json::{Map, Value as Json, json};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout_at};

use crate::city::City;
use crate::tiles::{Held, News, TileId};

use super::asker::Asker;
use super::error::HttpError;
use super::parameters::Parameters;

/// The media type of server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// How many maps may listen at once; further ones are asked to come again.
const MOST_LISTENERS: usize = 500;

/// How long changes are gathered before they are told together.
const GATHERING: Duration = Duration::from_millis(200);

/// A line of comment goes out this often, so that no proxy takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// More tiles of a layer than this are not told one by one.
const MOST_TILES: usize = 500;

/// The open streams of a server.
pub(crate) struct Listeners {
    places: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

impl Listeners {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MOST_LISTENERS)),
            stopping: watch::Sender::new(false),
        }
    }

    fn admit(
        &self,
        held: Vec<Held>,
        news: broadcast::Receiver<Arc<News>>,
    ) -> Result<Listener, HttpError> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        Ok(Listener {
            held,
            news,
            stopping: self.stopping.subscribe(),
            _place: place.ok_or(HttpError::Busy)?,
        })
    }

    /// Ends every stream: a server that stops waits for open answers.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// Answers with a stream of the tiles that change, of the layers named or of all.
pub(crate) async fn stream(
    req: HttpRequest,
    city: Data<City>,
    listeners: Data<Listeners>,
) -> Result<HttpResponse, HttpError> {
    let asker = Asker::of(&req, &city).await?;
    let parameters = Parameters::read(&req, &["layers"])?;
    let views = match parameters.text("layers") {
        Some(names) => asker.drawable_views(&city, names)?,
        None => city.drawable_views(asker.audience()),
    };
    let listener = listeners.admit(city.tiles.hold(&views)?, city.tiles.news())?;
    web::block(move || city.tiles.load(&views)).await??;
    let (sender, events) = mpsc::channel(1);
    rt::spawn(listener.tell(sender));
    Ok(HttpResponse::Ok()
        .content_type(EVENT_STREAM)
        .insert_header((CACHE_CONTROL, "no-cache"))
        // Neither our compression nor a proxy's buffer may hold an event back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .body(EventBody { events }))
}

/// The body of the answer: events as they come.
struct EventBody {
    events: mpsc::Receiver<Bytes>,
}

impl MessageBody for EventBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.events.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// One open map.
struct Listener {
    /// What it shows.
    held: Vec<Held>,
    news: broadcast::Receiver<Arc<News>>,
    stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// Sends events until the map is closed or the server stops.
    async fn tell(self, to: mpsc::Sender<Bytes>) {
        let Self {
            held,
            mut news,
            mut stopping,
            _place,
        } = self;
        // The layers, under the numbers that news have for what the map sees of them.
        let layers = held.iter().map(|it| (it.number(), it.layer().clone()));
        let layers: BTreeMap<usize, LayerId> = layers.collect();
        let mut next = Some(Bytes::from_static(b"retry: 3000\n\n"));
        while let Some(event) = next {
            if to.send(event).await.is_err() {
                return;
            }
            next = tokio::select! {
                () = to.closed() => None,
                _ = stopping.wait_for(|stopping| *stopping) => None,
                event = next_event(&layers, &mut news) => event,
            };
        }
    }
}

/// Returns the next event about some layers, a comment when there is none for long, nothing when there will be none.
async fn next_event(
    layers: &BTreeMap<usize, LayerId>,
    news: &mut broadcast::Receiver<Arc<News>>,
) -> Option<Bytes> {
    let quiet = Instant::now() + HEARTBEAT;
    loop {
        let Ok(heard) = timeout_at(quiet, news.recv()).await else {
            return Some(Bytes::from_static(b": still here\n\n"));
        };
        let mut change = Change::default();
        change.take(layers, heard)?;
        let gathered = Instant::now() + GATHERING;
        while let Ok(heard) = timeout_at(gathered, news.recv()).await {
            change.take(layers, heard)?;
        }
        if !change.layers.is_empty() {
            return Some(change.event());
        }
    }
}

/// Changes told together.
#[derive(Default)]
struct Change {
    revision: Revision,
    /// The tiles that may have changed; none are all of the layer.
    layers: BTreeMap<LayerId, Option<BTreeSet<TileId>>>,
}

impl Change {
    /// Takes in what was heard about some layers; who missed news takes all their tiles for changed. None when the
    /// news have ended.
    fn take(
        &mut self,
        layers: &BTreeMap<usize, LayerId>,
        heard: Result<Arc<News>, RecvError>,
    ) -> Option<()> {
        match heard {
            Ok(news) => {
                for news in &news.layers {
                    if let Some(layer) = layers.get(&news.number) {
                        self.revision = self.revision.max(news.revision);
                        self.add(layer, news.tiles.as_deref());
                    }
                }
            }
            Err(RecvError::Lagged(_)) => layers.values().for_each(|layer| self.add(layer, None)),
            Err(RecvError::Closed) => return None,
        }
        Some(())
    }

    fn add(&mut self, layer: &LayerId, tiles: Option<&[TileId]>) {
        let of_layer = self.layers.entry(layer.clone());
        let so_far = of_layer.or_insert_with(|| Some(BTreeSet::new()));
        *so_far = match (so_far.take(), tiles) {
            (Some(mut all), Some(more)) if all.len() + more.len() <= MOST_TILES => {
                all.extend(more);
                Some(all)
            }
            _ => None,
        };
    }

    fn event(self) -> Bytes {
        let name = |tile: TileId| format!("{}/{}/{}", tile.zoom(), tile.column(), tile.row());
        let names = |tiles: BTreeSet<TileId>| tiles.into_iter().map(name).collect::<Json>();
        let layers = self.layers.into_iter();
        let layers: Map<String, Json> = layers
            .map(|(layer, tiles)| (layer.into(), tiles.map_or(Json::Null, names)))
            .collect();
        let data = json!({ "revision": self.revision.0, "layers": layers });
        Bytes::from(format!("event: tiles\ndata: {data}\n\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::LayerNews;

    fn id(name: &str) -> LayerId {
        LayerId::new(name).expect("an id")
    }

    const TREES: usize = 0;
    const LAMPS: usize = 1;
    const SECRETS: usize = 2;

    fn news(revision: i64, number: usize, tiles: Option<&[u32]>) -> Arc<News> {
        let tile = |&x: &u32| TileId::new(16, x, 1).expect("in the grid");
        Arc::new(News {
            layers: vec![LayerNews {
                number,
                revision: Revision(revision),
                tiles: tiles.map(|all| all.iter().map(tile).collect()),
            }],
        })
    }

    #[track_caller]
    fn check(heard: Vec<Result<Arc<News>, RecvError>>, expected: &str) {
        let mut change = Change::default();
        for news in heard {
            change
                .take(
                    &BTreeMap::from([(TREES, id("trees")), (LAMPS, id("lamps"))]),
                    news,
                )
                .expect("news go on");
        }
        let event = String::from_utf8(change.event().to_vec()).expect("text");
        assert_eq!(event, format!("event: tiles\ndata: {expected}\n\n"));
    }

    #[test]
    fn changes_are_told_together_and_of_the_layers_asked_for() {
        check(
            vec![
                Ok(news(3, TREES, Some(&[5, 4]))),
                Ok(news(4, TREES, Some(&[4]))),
                Ok(news(5, SECRETS, Some(&[9]))),
                Ok(news(6, LAMPS, None)),
            ],
            r#"{"revision":6,"layers":{"lamps":null,"trees":["16/4/1","16/5/1"]}}"#,
        );
        check(
            vec![Ok(news(7, SECRETS, None))],
            r#"{"revision":0,"layers":{}}"#,
        );
    }

    #[test]
    fn too_many_tiles_and_missed_news_are_all_tiles() {
        let many: Vec<u32> = (0..400).collect();
        let more: Vec<u32> = (400..800).collect();
        check(
            vec![
                Ok(news(3, TREES, Some(&many))),
                Ok(news(4, TREES, Some(&more))),
                Ok(news(5, TREES, Some(&[1]))),
            ],
            r#"{"revision":5,"layers":{"trees":null}}"#,
        );
        check(
            vec![Err(RecvError::Lagged(3))],
            r#"{"revision":0,"layers":{"lamps":null,"trees":null}}"#,
        );
    }
}
