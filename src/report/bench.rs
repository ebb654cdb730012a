//! What was measured of runs of the gate: the JSON form is `countersign.bench/1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::Tool;

/// The `schema` of the JSON form.
pub const BENCH_SCHEMA: &str = "countersign.bench/1";

/// How long runs of the gate took, and on what.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BenchReport {
    /// Always `countersign.bench/1`.
    pub schema: String,
    /// The program that was measured.
    pub tool: Tool,
    /// How often everything was measured.
    pub runs: usize,
    /// With how many threads.
    pub threads: usize,
    /// How much was judged.
    pub amounts: Amounts,
    /// The gate from the first file to the last line.
    pub gate: Timing,
    /// Parts of the gate, as they went while the gate was measured.
    pub inside: Vec<Timing>,
    /// Parts of the gate, each measured apart from it: what they take together is not what the gate takes.
    pub apart: Vec<Timing>,
    /// How much was done in a second.
    pub rates: Rates,
    /// The most memory that the process held until the end of the first run, in bytes; `null` where the
    /// system does not say.
    pub peak_memory: Option<u64>,
}

/// How much was judged in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Amounts {
    /// How many plans.
    pub plans: usize,
    /// How many of these are approved.
    pub approved: usize,
    /// The steps of all plans.
    pub steps: u64,
    /// The entities of the estate, without those that plans bring.
    pub entities: u64,
    /// The policies and template links.
    pub policies: u64,
    /// The bytes of all inputs.
    pub bytes_read: u64,
    /// The bytes of the reports in lines.
    pub bytes_written: u64,
}

/// How long one thing took.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Timing {
    /// What was measured.
    pub phase: String,
    /// The median over the runs, in seconds.
    pub median: f64,
    /// The least, in seconds.
    pub least: f64,
    /// The most, in seconds.
    pub most: f64,
}

/// How much was done in a second, by the medians; `null` where there was nothing to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Rates {
    /// Steps decided, with their lines formatted.
    pub steps_decided: Option<f64>,
    /// Steps by the whole gate.
    pub steps: Option<f64>,
    /// Entities read and resolved.
    pub entities: Option<f64>,
    /// Bytes of the inputs by the whole gate.
    pub bytes: Option<f64>,
}

impl Timing {
    /// A phase with how long it took in each run, in seconds; of no run, all is zero.
    pub fn of(phase: &str, mut runs: Vec<f64>) -> Self {
        runs.sort_by(f64::total_cmp);
        let at = |position: usize| runs.get(position).copied().unwrap_or_default();
        let middle = runs.len() / 2;
        let median = match runs.len() % 2 {
            1 => at(middle),
            _ => (at(middle.saturating_sub(1)) + at(middle)) / 2.0,
        };
        Self { phase: phase.to_owned(), median, least: at(0), most: at(runs.len().saturating_sub(1)) }
    }

    /// How much of an amount was done in a second.
    pub fn rate(&self, amount: u64) -> Option<f64> {
        (amount > 0 && self.median > 0.0).then(|| amount as f64 / self.median)
    }
}

/// The JSON Schema of `countersign.bench/1`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(BenchReport).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timing_is_of_the_runs_in_any_order() {
        let odd = Timing::of("x", vec![3.0, 1.0, 2.0]);
        assert_eq!((odd.median, odd.least, odd.most), (2.0, 1.0, 3.0));
        let even = Timing::of("x", vec![4.0, 1.0, 2.0, 3.0]);
        assert_eq!((even.median, even.least, even.most), (2.5, 1.0, 4.0));
        assert_eq!(Timing::of("x", Vec::new()).median, 0.0);
        assert_eq!((odd.rate(10), odd.rate(0), Timing::of("x", Vec::new()).rate(1)), (Some(5.0), None, None));
    }
}
