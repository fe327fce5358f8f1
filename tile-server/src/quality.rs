//! The quality of the data for one audience: how many features each layer has of each municipality, when they last
//! changed, and what they break of the rules. Made once, then kept up to date by the change log.

mod freshness;
mod layer;
mod reading;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use chrono::{DateTime, Utc};
use layers::{
    Audience, FeatureId, FeatureStore, Finding, LayerView, LoggedChange, Revision, StoreError,
    Territories, Text, municipalities,
};

use self::layer::LayerQuality;

/// What is known of the quality of all layers that the audience may know of, in the order of the layer tree.
pub(crate) struct Report {
    pub(crate) layers: Vec<LayerReport>,
}

/// What is known of the quality of one layer.
pub(crate) struct LayerReport {
    pub(crate) view: LayerView,
    pub(crate) features: u64,
    /// By name; first what belongs to no municipality.
    pub(crate) municipalities: Vec<MunicipalityReport>,
    pub(crate) problems: Vec<ProblemReport>,
}

/// What is known of the features of one municipality, or of those that have none.
pub(crate) struct MunicipalityReport {
    pub(crate) code: Option<i64>,
    /// The name; none when there is no such municipality.
    pub(crate) name: Option<String>,
    pub(crate) features: u64,
    /// How many of them break a rule.
    pub(crate) flawed: u64,
    /// When the audience last saw one of them change.
    pub(crate) last_change: Option<DateTime<Utc>>,
}

/// One rule that some features break.
pub(crate) struct ProblemReport {
    /// Which field and what is wrong with it.
    pub(crate) finding: Finding,
    /// How many features break it.
    pub(crate) features: u64,
    /// The first of them.
    pub(crate) examples: Vec<Example>,
}

/// One feature that breaks a rule.
pub(crate) struct Example {
    pub(crate) id: FeatureId,
    pub(crate) fid: i64,
    pub(crate) title: Text,
}

impl LayerReport {
    /// Returns how many features break a rule.
    pub(crate) fn flawed(&self) -> u64 {
        self.municipalities.iter().map(|one| one.flawed).sum()
    }

    /// Returns when the audience last saw a feature change that is there now.
    pub(crate) fn last_change(&self) -> Option<DateTime<Utc>> {
        self.municipalities
            .iter()
            .filter_map(|one| one.last_change)
            .max()
    }
}

/// The report of an instance, made when it is first asked for.
pub(crate) struct Quality {
    store: Arc<dyn FeatureStore>,
    audience: Audience,
    newest: Mutex<Option<Arc<Report>>>,
    state: Mutex<Option<State>>,
}

/// What is kept to make the next report from the last one.
struct State {
    reached: Revision,
    audience: Audience,
    territories: Territories,
    names: BTreeMap<i64, String>,
    layers: Vec<LayerQuality>,
}

impl Quality {
    /// Makes it for an audience; reads nothing yet.
    pub(crate) fn new(store: Arc<dyn FeatureStore>, audience: Audience) -> Self {
        Self {
            store,
            audience,
            newest: Mutex::new(None),
            state: Mutex::new(None),
        }
    }

    /// Returns the report of the newest revision; the one before, if there is one, while another thread makes it.
    pub(crate) fn report(&self) -> Result<Arc<Report>, StoreError> {
        let is_busy = matches!(self.state.try_lock(), Err(TryLockError::WouldBlock));
        if let (true, Some(report)) = (is_busy, self.newest().clone()) {
            return Ok(report);
        }
        let mut state = self.state.lock().unwrap_or_else(|poisoned| {
            // Who panicked may have left it half done.
            self.state.clear_poison();
            let mut state = poisoned.into_inner();
            *state = None;
            state
        });
        let head = self.store.head()?;
        let known = self.newest().clone();
        match (&mut *state, known) {
            (Some(state), Some(report)) if state.reached == head => return Ok(report),
            (Some(state), _) => state.follow(&*self.store, head)?,
            (none, _) => *none = Some(State::new(&*self.store, &self.audience, head)?),
        }
        let state = state.as_ref().expect("made above");
        let report = Arc::new(state.report(&*self.store)?);
        *self.newest() = Some(Arc::clone(&report));
        Ok(report)
    }

    fn newest(&self) -> MutexGuard<'_, Option<Arc<Report>>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(
        store: &dyn FeatureStore,
        audience: &Audience,
        head: Revision,
    ) -> Result<Self, StoreError> {
        let territories = Territories::read(store, None)?;
        // What other software keeps it answers for itself.
        let all = store.layers().kept();
        let views = all.filter_map(|layer| audience.view(layer));
        let log = store.changes(Revision(0))?;
        let layers = views.map(|view| LayerQuality::load(store, view, &territories, &log));
        Ok(Self {
            reached: head,
            audience: audience.clone(),
            names: municipalities(store, None)?
                .into_iter()
                .map(|one| (one.code, one.name))
                .collect(),
            layers: layers.collect::<Result<_, _>>()?,
            territories,
        })
    }

    /// Takes in what was committed since; what is even newer is taken in twice, which does no harm.
    fn follow(&mut self, store: &dyn FeatureStore, head: Revision) -> Result<(), StoreError> {
        let log = store.changes(self.reached)?;
        let borders = store.layers().borders().map(|layer| &layer.id);
        let moves_borders =
            |change: &LoggedChange| change.feature().map(|touched| &touched.layer) == borders;
        if log.iter().any(moves_borders) {
            // Borders and names decide on features of every layer.
            *self = Self::new(store, &self.audience.clone(), head)?;
            return Ok(());
        }
        for layer in &mut self.layers {
            layer.follow(store, &self.territories, &log)?;
        }
        self.reached = head;
        Ok(())
    }

    fn report(&self, store: &dyn FeatureStore) -> Result<Report, StoreError> {
        let layers = self.layers.iter();
        let layers = layers.map(|layer| layer.report(store, &self.names));
        Ok(Report {
            layers: layers.collect::<Result<_, _>>()?,
        })
    }
}
