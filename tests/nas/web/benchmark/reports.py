"""A report in which all promises are kept."""

from nas.web.benchmark.following import Followed
from nas.web.benchmark.measure import Measured, Streamed, WebReport
from nas.web.benchmark.opening import Opened
from nas.web.benchmark.times import Times

QUICK = Times(10.0, 20.0, 30.0)
KEPT = WebReport(
    trials=1000,
    opened_first=Opened(0.5, 1.5, 1.2, 60_000, 900_000, 25),
    opened_again=Opened(0.1, 0.2, 0.2, 60_000, 900_000, 25),
    measured=(
        Measured("history", QUICK, QUICK, QUICK, 12_345, 300.0),
        Measured("page", QUICK, QUICK, QUICK, 60_000, 2000.0),
    ),
    streamed=Streamed(60, 700, 400, QUICK),
    followed=Followed(50, 60.0, 1200, 0, 0, 0, QUICK, 9_000.0, 10_000.0),
)
