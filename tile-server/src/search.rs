//! Finds features by typing: an index in memory for one audience, kept up with the store, driven by the definitions.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use geo::InteriorPoint;
use geo_types::Geometry;
use layers::crs::{Crs, transform, transform_bbox};
use layers::{
    Audience, Bbox, FeatureId, FeatureQuery, FeatureStore, Language, LayerView, StoreError,
};

use crate::city::written;

mod fold;
mod index;
mod misspelt;
mod rank;
mod segment;

pub(crate) use self::fold::fold;
use self::index::{Index, unless_away};
pub(crate) use self::index::{keys, searchable};
pub(crate) use self::rank::natural_order;

/// One thing found.
pub(crate) struct Hit {
    /// What the audience sees of its layer.
    pub(crate) view: LayerView,
    pub(crate) id: FeatureId,
    pub(crate) fid: i64,
    /// The label by which it was found.
    pub(crate) title: String,
    /// Where it is; none in a table.
    pub(crate) place: Option<Place>,
}

/// Where a feature is, in degrees (WGS 84).
pub(crate) struct Place {
    /// A point of the feature itself: inside an area, on a line.
    pub(crate) center: [f64; 2],
    pub(crate) bbox: Bbox,
}

/// How many indexes are kept beside that of the public; the one that nobody used for longest goes first.
const MOST_INDEXES: usize = 8;

/// The search of all audiences, each with an index of its own.
pub(crate) struct Search {
    store: Arc<dyn FeatureStore>,
    public: Arc<SearchIndex>,
    /// The one used last comes last.
    others: Mutex<Vec<Arc<SearchIndex>>>,
}

impl Search {
    /// Makes it; reads nothing yet.
    pub(crate) fn new(store: Arc<dyn FeatureStore>) -> Self {
        Self {
            public: Arc::new(SearchIndex::new(Arc::clone(&store), Audience::PUBLIC)),
            others: Mutex::default(),
            store,
        }
    }

    /// Builds the index of an audience before anybody asks.
    pub(crate) fn warm_up(&self, audience: &Audience) -> Result<(), StoreError> {
        self.index(audience).refresh()
    }

    /// Returns the best hits, the best first; case and diacritics do not count, words may come in any order.
    pub(crate) fn find(
        &self,
        audience: &Audience,
        text: &str,
        limit: usize,
        language: Language,
    ) -> Result<Vec<Hit>, StoreError> {
        self.index(audience).find(text, limit, language)
    }

    /// Returns how many indexes are in memory.
    pub(crate) fn indexes(&self) -> usize {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let all = others.iter().chain([&self.public]);
        all.filter(|index| index.is_built()).count()
    }

    fn index(&self, audience: &Audience) -> Arc<SearchIndex> {
        if *audience == Audience::PUBLIC {
            return Arc::clone(&self.public);
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let place = others.iter().position(|index| index.audience == *audience);
        let index = match place {
            Some(place) => others.remove(place),
            None => Arc::new(SearchIndex::new(Arc::clone(&self.store), audience.clone())),
        };
        others.push(Arc::clone(&index));
        if others.len() > MOST_INDEXES {
            others.remove(0);
        }
        index
    }
}

/// The index; the first search builds it, every later one first takes in what was committed since.
struct SearchIndex {
    store: Arc<dyn FeatureStore>,
    audience: Audience,
    index: RwLock<Option<Index>>,
}

impl SearchIndex {
    /// Makes an index that is not built yet.
    fn new(store: Arc<dyn FeatureStore>, audience: Audience) -> Self {
        Self {
            store,
            audience,
            index: RwLock::default(),
        }
    }

    fn is_built(&self) -> bool {
        // One that is being built is not there yet, and nobody waits for it here.
        self.index.try_read().is_ok_and(|index| index.is_some())
    }

    /// Builds the index or takes in what was committed since.
    fn refresh(&self) -> Result<(), StoreError> {
        let head = self.store.head()?;
        let built =
            |index: &Option<Index>| index.as_ref().is_some_and(|index| index.revision() == head);
        if built(&self.index.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        if built(&index) {
            return Ok(());
        }
        let start = Instant::now();
        match index.as_mut() {
            Some(index) => index.follow(self.store.as_ref())?,
            None => *index = Some(Index::build(self.store.as_ref(), &self.audience)?),
        }
        tracing::debug!(
            millis = start.elapsed().as_millis() as u64,
            revision = head.0,
            "the search index is up to date"
        );
        Ok(())
    }

    fn find(&self, text: &str, limit: usize, language: Language) -> Result<Vec<Hit>, StoreError> {
        self.refresh()?;
        let found = {
            let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
            index
                .as_ref()
                .map(|index| index.find(&fold(text), limit))
                .unwrap_or_default()
        };
        let hits = found
            .into_iter()
            .map(|(view, id)| self.hit(view, id, language));
        hits.filter_map(Result::transpose).collect()
    }

    /// Reads what is found from the store, so that a hit shows the newest state; nothing when it is gone.
    fn hit(
        &self,
        view: LayerView,
        id: FeatureId,
        language: Language,
    ) -> Result<Option<Hit>, StoreError> {
        let query = FeatureQuery {
            id: Some(id),
            limit: Some(1),
            ..FeatureQuery::new(view.clone())
        };
        let read = self.store.read(&query);
        let found = read.and_then(|mut found| found.next().transpose());
        let Some(feature) = unless_away(&view, found)?.flatten() else {
            return Ok(None);
        };
        let search = view.layer().search.as_ref();
        Ok(Some(Hit {
            title: search
                .map(|search| written(&search.label, &view, &feature, language))
                .unwrap_or_default(),
            id,
            fid: feature.fid,
            place: feature.geometry.as_ref().and_then(Place::of),
            view,
        }))
    }
}

impl Place {
    /// Returns where a stored geometry is; nothing when it has no point.
    pub(crate) fn of(geometry: &Geometry<f64>) -> Option<Self> {
        let center = geometry.interior_point()?;
        Some(Self {
            center: transform(Crs::SJtsk, Crs::Wgs84, [center.x(), center.y()]),
            bbox: transform_bbox(Crs::SJtsk, Crs::Wgs84, Bbox::of(geometry)?),
        })
    }
}
