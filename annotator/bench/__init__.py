"""Benchmarks of the application, one module each: `add_arguments(parser)` and `run(options) -> figures`.

Add yours to BENCHES. Each runs in a process of its own, with an empty data folder that is removed afterwards.
"""

BENCHES = {
    "api": "annotator.bench.api",
    "closing": "annotator.bench.closing",
    "page": "annotator.bench.page",
    "promise": "annotator.bench.promise",
    "retrain": "annotator.bench.retrain",
}
