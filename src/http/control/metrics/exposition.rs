//! Families of metrics as text: OpenMetrics 1.0, which Prometheus reads.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::error::{ApiError, Result};
use crate::metrics::Distribution;

/// What the text is, for the header `Content-Type`.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The labels of a series, with their values.
pub(super) type Labels = Vec<(&'static str, &'static str)>;

/// Metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// The name, without what OpenMetrics adds to it.
    pub(super) name: &'static str,
    /// What it says, in a sentence.
    pub(super) help: &'static str,
    pub(super) series: Series,
}

/// The values of a family, each with its labels.
#[derive(Debug)]
pub(super) enum Series {
    /// How often something has happened since the start.
    Counters(Vec<(Labels, u64)>),
    /// How something is now.
    Gauges(Vec<(Labels, f64)>),
    Histograms(Vec<(Labels, Distribution)>),
    /// Something that does not change while the process lives.
    Info(Labels),
}

/// The families as text.
///
/// # Errors
/// `InternalErrorException` when the library cannot write them.
pub(super) fn text(families: Vec<Family>) -> Result<String> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Families(families)));
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiError::internal)?;
    Ok(text)
}

#[derive(Debug)]
struct Families(Vec<Family>);

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|family| family.encode(&mut encoder))
    }
}

impl Family {
    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.series {
            Series::Counters(_) => MetricType::Counter,
            Series::Gauges(_) => MetricType::Gauge,
            Series::Histograms(_) => MetricType::Histogram,
            Series::Info(_) => MetricType::Info,
        };
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        match &self.series {
            Series::Counters(all) => all.iter().try_for_each(|(labels, count)| {
                let mut one = metric.encode_family(labels)?;
                one.encode_counter::<NoLabelSet, _, u64>(count, None)
            }),
            Series::Gauges(all) => all.iter().try_for_each(|(labels, value)| {
                let mut one = metric.encode_family(labels)?;
                one.encode_gauge(value)
            }),
            Series::Histograms(all) => all.iter().try_for_each(|(labels, found)| {
                let mut one = metric.encode_family(labels)?;
                let buckets = &found.buckets;
                one.encode_histogram::<NoLabelSet>(found.sum, found.count(), buckets, None)
            }),
            Series::Info(labels) => metric.encode_info(labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Histogram, Members};

    #[test]
    fn families_are_written_as_open_metrics_has_them() {
        let sizes: Histogram<Members> = Histogram::default();
        sizes.observe(3);
        let family = |name, series| Family {
            name,
            help: "Things.",
            series,
        };
        let families = vec![
            family(
                "calls",
                Series::Counters(vec![(vec![("of", "a\"b")], 2), (Vec::new(), 1)]),
            ),
            family("open", Series::Gauges(vec![(Vec::new(), 1.5)])),
            family(
                "sizes",
                Series::Histograms(vec![(Vec::new(), Distribution::of([&sizes]))]),
            ),
            family("build", Series::Info(vec![("version", "1")])),
        ];
        let text = text(families).unwrap();
        for line in [
            "# HELP calls Things.\n# TYPE calls counter\ncalls_total{of=\"a\\\"b\"} 2\ncalls_total 1\n",
            "# TYPE open gauge\nopen 1.5\n",
            "sizes_sum 3.0\nsizes_count 1\nsizes_bucket{le=\"1.0\"} 0\nsizes_bucket{le=\"2.0\"} 0\nsizes_bucket{le=\"4.0\"} 1\n",
            "sizes_bucket{le=\"+Inf\"} 1\n",
            "# TYPE build info\nbuild_info{version=\"1\"} 1\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
