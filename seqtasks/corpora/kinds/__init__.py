"""The kinds of corpora, one file and one object each: what a row holds, and all that follows from it."""

from seqtasks.corpora.kinds.captioned import Captioned
from seqtasks.corpora.kinds.code import Code
from seqtasks.corpora.kinds.labelled import Labelled
from seqtasks.corpora.kinds.parallel import Parallel
from seqtasks.corpora.kinds.series.kind import Series
from seqtasks.corpora.kinds.tables import Table
from seqtasks.corpora.kinds.tagged import Tagged
from seqtasks.corpora.kinds.text import Text

KINDS = {
    kind.name: kind
    for kind in (
        Parallel(),
        Labelled(),
        Tagged(),
        Text(),
        Captioned(),
        Code(),
        Series(),
        Table(),
    )
}
# The kind of your own files and of TensorFlow datasets where none is given.
DEFAULT = Parallel.name
