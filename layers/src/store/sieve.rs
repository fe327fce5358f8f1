//! What of a query's filter a store's SQL does not say, asked of each feature that it finds.

use std::borrow::Cow;

use super::FeatureStream;
use super::filter::is_sayable;
use crate::cql2::Filter;
use crate::{Feature, FeatureQuery, LayerView, MUNICIPALITY_FIELD, StoreError};

/// What is asked of each feature, and which page of those that pass is wanted.
struct Sieve {
    filter: Filter,
    view: LayerView,
    offset: u64,
    limit: Option<u64>,
}

/// A query for a store, and what is to be asked of each feature that it finds.
type Divided<'q> = (Cow<'q, FeatureQuery>, Option<Sieve>);

/// Reads the features of a query by a store whose SQL says what it can of the filter.
pub(super) fn read<'a>(
    query: &FeatureQuery,
    read: impl FnOnce(&FeatureQuery) -> Result<FeatureStream<'a>, StoreError>,
) -> Result<FeatureStream<'a>, StoreError> {
    let rest = |filter: &Filter| filter.with_only(|one| !is_sayable(one));
    sift(divide(query, rest)?, read)
}

/// Reads the features of a query by a store whose SQL says nothing of the filter but a box.
pub(super) fn read_unfiltered<'a>(
    query: &FeatureQuery,
    read: impl FnOnce(&FeatureQuery) -> Result<FeatureStream<'a>, StoreError>,
) -> Result<FeatureStream<'a>, StoreError> {
    let (query, sieve) = divide(query, |filter| Some(filter.clone()))?;
    let mut query = query.into_owned();
    query.bbox = query.boxes().first().copied();
    sift((Cow::Owned(query), sieve), read)
}

/// Counts the features of a query: by SQL where it says the whole filter, else by reading them.
pub(super) fn count<'a>(
    query: &FeatureQuery,
    count: impl FnOnce(&FeatureQuery) -> Result<u64, StoreError>,
    read: impl FnOnce(&FeatureQuery) -> Result<FeatureStream<'a>, StoreError>,
) -> Result<u64, StoreError> {
    let (_, sieve) = divide(query, |filter| filter.with_only(|one| !is_sayable(one)))?;
    if sieve.is_none() {
        return count(query);
    }
    count_by_reading(query, read)
}

/// Counts the features of a query by reading them.
pub(super) fn count_by_reading<'a>(
    query: &FeatureQuery,
    read: impl FnOnce(&FeatureQuery) -> Result<FeatureStream<'a>, StoreError>,
) -> Result<u64, StoreError> {
    read(&for_counting(query))?.try_fold(0, |sum, feature| feature.map(|_| sum + 1))
}

fn divide(
    query: &FeatureQuery,
    rest: impl Fn(&Filter) -> Option<Filter>,
) -> Result<Divided<'_>, StoreError> {
    let Some(filter) = &query.filter else {
        return Ok((Cow::Borrowed(query), None));
    };
    if let Some(field) = filter.unseen_field(&query.view) {
        return Err(StoreError::UnknownField {
            layer: query.view.layer().id.clone(),
            field: field.to_owned(),
        });
    }
    let Some(filter) = rest(filter) else {
        return Ok((Cow::Borrowed(query), None));
    };
    let sieve = Sieve {
        filter,
        view: query.view.clone(),
        offset: query.offset,
        limit: query.limit,
    };
    let all = FeatureQuery {
        offset: 0,
        limit: None,
        ..query.clone()
    };
    Ok((Cow::Owned(all), Some(sieve)))
}

/// Returns a query with the same features and no more values than are asked about, for who only counts them.
fn for_counting(query: &FeatureQuery) -> FeatureQuery {
    let equal = query
        .equal
        .iter()
        .filter_map(|(name, _)| query.view.field(name));
    let equal = equal.map(|(_, field)| field.name.as_str());
    let filter = query.filter.iter().flat_map(Filter::fields);
    // Some values show in the features of some municipalities only.
    let sort = query.sort.iter().map(|one| one.field.as_str());
    let names = filter.chain(equal).chain(sort).chain([MUNICIPALITY_FIELD]);
    let names: Vec<_> = names.map(str::to_owned).collect();
    FeatureQuery {
        view: query.view.clone().with_fields(&names),
        ..query.clone()
    }
}

fn sift<'a>(
    (query, sieve): Divided<'_>,
    read: impl FnOnce(&FeatureQuery) -> Result<FeatureStream<'a>, StoreError>,
) -> Result<FeatureStream<'a>, StoreError> {
    let stream = read(&query)?;
    let Some(Sieve {
        filter,
        view,
        mut offset,
        limit,
    }) = sieve
    else {
        return Ok(stream);
    };
    let passes = move |feature: &Result<Feature, StoreError>| match feature {
        Ok(feature) if filter.accepts(&view, feature) => {
            let is_before = offset > 0;
            offset -= u64::from(is_before);
            !is_before
        }
        Ok(_) => false,
        // Never passed over, like a feature would be.
        Err(_) => true,
    };
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    Ok(Box::new(stream.filter(passes).take(limit)))
}
