"""Datasets of measures, targets, actuals and assessments: one module each."""

from kpis.exports.actuals import ACTUALS
from kpis.exports.assessments import ASSESSMENTS
from kpis.exports.benchmarks import BENCHMARKS
from kpis.exports.measures import MEASURES
from kpis.exports.returns import COMMENTARY, RETURNS
from kpis.exports.targets import TARGETS
from kpis.exports.threads import MEASURE_LINKS, THREADS

DATASETS = (
    *(MEASURES, TARGETS, ACTUALS, ASSESSMENTS, COMMENTARY, RETURNS, THREADS, MEASURE_LINKS),
    BENCHMARKS,
)
