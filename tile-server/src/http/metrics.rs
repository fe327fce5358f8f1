//! Numbers for Prometheus: what was asked and answered, what is taken, and how far the server is.

mod moment;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TEXT_FORMAT, TextEncoder,
};

use crate::city::City;

use super::gate::Gate;

/// Seconds until an answer began, in which requests are counted.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Everything that is counted while the server runs.
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    bytes: IntCounterVec,
    refused: IntCounterVec,
    cut_off: IntCounterVec,
}

impl Metrics {
    /// Begins to count.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels);
            register(&registry, counter)
        };
        let buckets = HistogramOpts::new("obzor_answer_seconds", "Time until an answer began.")
            .buckets(SECONDS.to_vec());
        Self {
            requests: counter(
                "obzor_requests_total",
                "Requests answered.",
                &["door", "method", "status"],
            ),
            bytes: counter("obzor_answer_bytes_total", "Bytes of answers.", &["door"]),
            refused: counter(
                "obzor_refused_total",
                "Connections without a place.",
                &["why"],
            ),
            cut_off: counter(
                "obzor_cut_off_total",
                "Connections that were too slow.",
                &["why"],
            ),
            seconds: register(&registry, HistogramVec::new(buckets, &["door"])),
            registry,
        }
    }

    /// Counts an answer.
    pub(super) fn answered(
        &self,
        door: &str,
        method: &str,
        status: StatusCode,
        took: Duration,
        bytes: u64,
    ) {
        let labels = [door, method, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        self.seconds
            .with_label_values(&[door])
            .observe(took.as_secs_f64());
        self.bytes.with_label_values(&[door]).inc_by(bytes);
    }

    /// Counts a connection for which there was no place.
    pub(super) fn refused(&self, why: &str) {
        self.refused.with_label_values(&[why]).inc();
    }

    /// Counts a connection that was too slow.
    pub(super) fn cut_off(&self, why: &str) {
        self.cut_off.with_label_values(&[why]).inc();
    }

    /// Writes all numbers, with those that are so at this moment.
    fn text(&self, city: &City, gate: &Gate) -> prometheus::Result<String> {
        let mut families = self.registry.gather();
        families.extend(moment::numbers(city, gate)?);
        families.sort_by(|a, b| a.name().cmp(b.name()));
        TextEncoder::new().encode_to_string(&families)
    }
}

fn register<C: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    collector: prometheus::Result<C>,
) -> C {
    let collector = collector.expect("names and labels are plain words");
    let registered = registry.register(Box::new(collector.clone()));
    registered.expect("every name is registered once");
    collector
}

/// Adds the one page of the listener for Prometheus, which has an address of its own.
pub(super) fn page(app: &mut ServiceConfig) {
    app.route("/metrics", web::get().to(numbers));
}

async fn numbers(city: Data<City>, gate: Data<Gate>, metrics: Data<Metrics>) -> HttpResponse {
    let text = web::block(move || metrics.text(&city, &gate)).await;
    match text {
        Ok(Ok(text)) => HttpResponse::Ok().content_type(TEXT_FORMAT).body(text),
        _ => HttpResponse::InternalServerError().finish(),
    }
}
