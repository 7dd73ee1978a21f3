"""Fields are taken out of serialized messages as protobuf itself would do it."""

import subprocess
import sys

import pytest
import sentencepiece
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.text import EOS, PAD, UNK
from seqtasks.text.learning import halves_of, learn_pieces, without_field

_NAMES = st.text(max_size=300)
# file.options.java_package and file.options.optimize_for
_PACKAGE, _SPEED = (8, 1), (8, 9)


@given(name=_NAMES, more=st.lists(_NAMES, max_size=3), package=_NAMES, other=_NAMES, deprecated=st.booleans())
def test_a_field_is_gone_and_the_rest_is_as_it_was(name, more, package, other, deprecated):
    message = FileDescriptorProto(name=name, dependency=more)
    message.options.java_package, message.options.go_package, message.options.optimize_for = package, other, 2
    message.options.deprecated = deprecated
    whole = message.SerializeToString(deterministic=True)
    assert without_field(whole, (99, 1)) == without_field(whole, (8, 99)) == whole
    for path, field in ((_PACKAGE, "java_package"), (_SPEED, "optimize_for")):
        less = FileDescriptorProto.FromString(whole)
        less.options.ClearField(field)
        assert without_field(whole, path) == less.SerializeToString(deterministic=True)


def test_the_same_lines_make_the_same_model():
    lines = ["to be or not to be", "that is the question"]
    assert learn_pieces(lines, kind="words", size=20) == learn_pieces(lines, kind="words", size=20)


_IMPORTS = """
import importlib, pkgutil, sys
from pathlib import Path
from google.protobuf import __version__
assert __version__ == sys.argv[1], __version__
import seqtasks
for module in pkgutil.walk_packages(seqtasks.__path__, "seqtasks."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert "sentencepiece" not in sys.modules
from seqtasks.cli import main
training = ["train", "--task", "translate", "--corpus", "reverse", "--run", sys.argv[2], "--set", "training.epochs=1"]
sizes = ["model.units=4", "model.embedding=4", "model.attention_units=4", "training.batch_size=512"]
sizes += ["text.source.size=15", "text.target.size=15"]
main([*training, *(word for size in sizes for word in ("--set", size))])
"""


@pytest.mark.slow
def test_every_module_works_with_the_oldest_protobuf_that_tensorflow_allows(tmp_path):
    oldest = "6.31.1"
    packages = tmp_path / "packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", packages]
    subprocess.run([*command, f"protobuf=={oldest}"], check=True)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(packages)!r})\n{_IMPORTS}",
            oldest,
            tmp_path / "run",
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_piece_falls_into_the_likeliest_two_pieces_that_it_is():
    lines = ["abab ab abc", "abc cab cabab", "b ba bab ca", "abcabc cababc bababa"] * 30
    model = learn_pieces(lines, kind="subwords", size=24)
    read = sentencepiece.SentencePieceProcessor(model_proto=model)
    found, most = halves_of(model), 0
    assert found.shape == (read.vocab_size(), 2)
    for number, (left, right) in enumerate(found.tolist()):
        piece = read.id_to_piece(number)
        pairs = [[read.piece_to_id(part) for part in (piece[:i], piece[i:])] for i in range(1, len(piece))]
        scores = [sum(map(read.get_score, pair)) for pair in pairs if UNK not in pair and number > EOS]
        most = max(most, len(scores))
        if scores:
            assert read.id_to_piece(left) + read.id_to_piece(right) == piece
            assert read.get_score(left) + read.get_score(right) == max(scores)
        else:
            assert (left, right) == (number, PAD)
    assert most > 1
