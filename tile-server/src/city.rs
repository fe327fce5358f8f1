//! The city as the program serves it: configuration, layers, store, tiles and search, shared by all requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use layers::{
    Audience, Feature, FeatureStore, Label, Language, LayerSet, LayerView, Revision, Standing,
    Store,
};

use crate::accounts::guard::LoginGuard;
use crate::accounts::refusals::Refusals;
use crate::attachments::{AttachmentFiles, Attachments};
use crate::audit::AuditLog;
use crate::blind::Served;
use crate::changes::LayerStates;
use crate::config::Config;
use crate::export::{Exports, LastShown};
use crate::finding::{Finder, KeptCounts};
use crate::oidc::Broker;
use crate::primary::Primary;
use crate::public_files::PublicFiles;
use crate::quality::Quality;
use crate::rights::User;
use crate::search::Search;
use crate::small_reads::SmallReads;
use crate::tiles::TileService;
use crate::watch::Watch;

/// How long an edit waits for a standby.
const MOMENT: Duration = Duration::from_secs(1);

/// Everything that answers need; knows nothing of HTTP.
pub(crate) struct City {
    pub(crate) config: Config,
    /// What is written to, and where those read who write.
    pub(crate) store: Arc<dyn Store>,
    /// Where everybody else reads: a standby of the store, or the store itself.
    pub(crate) reading: Arc<dyn Store>,
    /// The store as its standby is compared with; none without a standby.
    primary: Option<Arc<Primary>>,
    pub(crate) tiles: Arc<TileService>,
    pub(crate) search: Search,
    pub(crate) quality: Quality,
    pub(crate) watch: Watch,
    pub(crate) public_files: PublicFiles,
    pub(crate) attachments: Attachments,
    pub(crate) exports: Exports,
    pub(crate) last_shown: LastShown,
    counts: KeptCounts,
    pub(crate) login: LoginGuard,
    pub(crate) refusals: Refusals,
    pub(crate) audit: AuditLog,
    pub(crate) small_reads: SmallReads,
    pub(crate) served: Served,
    /// The newest states of layers where everybody reads, and where those read who write.
    layer_states: [LayerStates; 2],
    /// By whom people log in who have no password here.
    pub(crate) broker: Option<Broker>,
}

impl City {
    /// Puts the parts together for the public audience; reads nothing yet.
    pub(crate) fn new(
        config: Config,
        store: Arc<dyn Store>,
        standby: Option<Arc<dyn Store>>,
        public_files: PublicFiles,
        attachment_files: AttachmentFiles,
        exports: Exports,
        audit: AuditLog,
    ) -> Self {
        let primary = standby
            .is_some()
            .then(|| Arc::new(Primary::new(Arc::clone(&store))));
        let reading = standby.unwrap_or_else(|| Arc::clone(&store));
        let features: Arc<dyn FeatureStore> = Arc::<dyn Store>::clone(&reading);
        Self {
            broker: Broker::of(&config),
            attachments: Attachments::new(attachment_files, config.attachments.clone()),
            exports,
            last_shown: LastShown::default(),
            config,
            tiles: Arc::new(TileService::new(Arc::clone(&features))),
            search: Search::new(Arc::clone(&features)),
            quality: Quality::new(features, Audience::PUBLIC),
            store,
            reading,
            primary,
            watch: Watch::default(),
            public_files,
            login: LoginGuard::default(),
            refusals: Refusals::default(),
            audit,
            counts: KeptCounts::default(),
            small_reads: SmallReads::default(),
            served: Served::default(),
            layer_states: Default::default(),
        }
    }

    /// Returns where somebody reads: who may write must see what was just written, which a standby may not show yet.
    pub(crate) fn store_for(&self, user: Option<&User>) -> &dyn Store {
        match user {
            Some(_) => &*self.store,
            None => &*self.reading,
        }
    }

    /// Returns what finds features where somebody reads.
    pub(crate) fn finder(&self, user: Option<&User>) -> Finder<'_> {
        Finder {
            store: self.store_for(user),
            tiles: &self.tiles,
            kept: &self.counts,
        }
    }

    /// Returns the newest states of layers where somebody reads.
    pub(crate) fn layer_states(&self, user: Option<&User>) -> &LayerStates {
        &self.layer_states[usize::from(user.is_some())]
    }

    /// Starts to follow what is committed, until the city is dropped.
    pub(crate) fn attend(&self) {
        self.tiles.attend();
        if let Some(primary) = &self.primary {
            primary.attend();
        }
    }

    /// Says how near to the newest state the answers are: the one place that decides it. Asks nobody.
    pub(crate) fn standing(&self) -> Standing {
        let shown = self.reading.standing().max(self.tiles.standing());
        let is_ahead = |primary: &Arc<Primary>| primary.head() > self.tiles.reached();
        match &self.primary {
            Some(primary) if is_ahead(primary) => shown.max(Standing::Behind),
            _ => shown,
        }
    }

    /// Returns how many revisions the answers are behind the store, and for how long the oldest of them stands there;
    /// none while the store cannot be asked.
    pub(crate) fn lag(&self, now: DateTime<Utc>) -> Option<(i64, TimeDelta)> {
        let reached = self.tiles.reached();
        let revisions = (self.store.head().ok()?.0 - reached.0).max(0);
        if revisions == 0 {
            return Some((0, TimeDelta::zero()));
        }
        let oldest = self.store.revision(Revision(reached.0 + 1)).ok()??;
        Some((revisions, (now - oldest.at).max(TimeDelta::zero())))
    }

    /// Asks the store and says how near to the newest state the answers are.
    pub(crate) fn reached(&self) -> Standing {
        match self.reading.head() {
            Ok(_) => self.standing(),
            Err(_) => Standing::Unreachable,
        }
    }

    /// Waits a moment for a standby to show what was just written; if it does not, it counts as behind.
    pub(crate) fn catch_up(&self) {
        let Some(primary) = &self.primary else {
            return;
        };
        primary.ask();
        let start = Instant::now();
        while primary.head() > self.tiles.reached() && start.elapsed() < MOMENT {
            thread::sleep(Duration::from_millis(5));
            // Whether that fails is in the standing.
            let _ = self.tiles.follow();
        }
    }

    /// Starts to watch attached tables; returns what ends when each was looked at for the first time.
    pub(crate) fn watch_attached(&self) -> Receiver<Infallible> {
        let features: Arc<dyn FeatureStore> = Arc::<dyn Store>::clone(&self.store);
        self.watch.start(&features)
    }

    /// Returns the layers in force.
    pub(crate) fn layers(&self) -> &LayerSet {
        self.store.layers()
    }

    /// Returns what an audience may see of the layers, in the order of the layer tree.
    pub(crate) fn views(&self, audience: &Audience) -> impl Iterator<Item = LayerView> {
        let layers = self.layers().iter();
        layers.filter_map(|layer| audience.view(layer))
    }

    /// Returns what an audience may see of the layers that tiles show, in the order of the layer tree.
    pub(crate) fn drawable_views(&self, audience: &Audience) -> Vec<LayerView> {
        let views = self.views(audience);
        views
            .filter(|view| view.layer().geometry.is_some())
            .collect()
    }

    /// Returns what an audience may see of one layer; nothing when it is hidden or not there.
    pub(crate) fn view(&self, audience: &Audience, id: &str) -> Option<LayerView> {
        let layer = self.layers().named(id);
        layer.and_then(|layer| audience.view(layer))
    }

    /// Returns what everybody may see of the layers, in the order of the layer tree.
    pub(crate) fn public_layers(&self) -> impl Iterator<Item = LayerView> {
        self.views(&Audience::PUBLIC)
    }

    /// Returns what everybody may see of one layer; nothing when it is hidden or not there.
    pub(crate) fn public_layer(&self, id: &str) -> Option<LayerView> {
        self.view(&Audience::PUBLIC, id)
    }
}

/// Returns the heading of a feature read through the view.
pub(crate) fn title(view: &LayerView, feature: &Feature, language: Language) -> String {
    written(&view.layer().label, view, feature, language)
}

/// Writes a label of the layer with the values of a feature read through the view.
pub(crate) fn written(
    label: &Label,
    view: &LayerView,
    feature: &Feature,
    language: Language,
) -> String {
    label.write(language, &|name| {
        let (place, field) = view.field(name)?;
        Some((field, &feature.values[place]))
    })
}
