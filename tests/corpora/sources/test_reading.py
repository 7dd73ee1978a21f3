"""Lines of files are read as they stand."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_files import write

from seqtasks.corpora.sources.reading import read_lines

LINE = st.characters(exclude_characters="\n\r\t\0\ufeff", codec="utf-8")
LINES = st.lists(st.text(LINE, min_size=1).filter(str.strip), min_size=2, max_size=8)
SAME_FOLDER = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SAME_FOLDER
@given(lines=LINES, ending=st.sampled_from(["\n", "\r\n"]), bom=st.booleans(), last=st.booleans())
def test_any_lines_come_back(tmp_path, lines, ending, bom, last):
    text = "\ufeff" * bom + ending.join(lines) + ending * last
    for name in ("x.txt", "x.txt.gz"):
        assert read_lines(write(tmp_path / name, text)) == lines


def test_other_line_separators_are_text(tmp_path):
    text = "one\u2028two\x85three\x0bfour\x0cfive\x1csix\rseven"
    assert read_lines(write(tmp_path / "x", text + "\nnext\r\n")) == [text, "next"]
