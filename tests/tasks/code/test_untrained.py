"""What no network can write: of random weights, over thousands of odd sentences, whatever the beam and the limit."""

import ast
import random

import numpy as np
import pytest
import tensorflow as tf
from code_pairs import TINY, write_pairs
from contract import DEFAULTS

from seqtasks import training

_PARTS = (
    *("set", "the list", "my_list", "x1", "for", "None", "07", "1.50", "1e999", "'it\\'s'", "'", '"', "'\\x1'", "😀"),
    *("排序", ",", ".", "\\", "\t", "e\u0301", "''", "lambda", "print 'x'", "doesn't", "a.b.c", "__", "9" * 30, "-"),
    *("\x00", "\u202e"),
)
_SENTENCES, _TOGETHER = 5000, 250


@pytest.mark.slow
@pytest.mark.parametrize("beam", [1, 5, 15])
def test_every_hypothesis_of_an_untrained_network_parses(beam, tmp_path):
    settings = [*TINY, "search.max_length=60", "text.max_length=20"]
    corpus = str(write_pairs(tmp_path / "pairs.tsv"))
    prepared = training.prepare(
        "code", config=DEFAULTS, corpus=corpus, overrides=settings, run=tmp_path / "run", seed=beam
    )
    task, _ = training.start(prepared)
    draw, parsed = random.Random(beam), 0

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)])
    def write(texts, limits):
        source, tokens, facts = task.text.read(texts)
        blank = tf.equal(facts["pieces"], 0)
        found = task.model.search(source, limits=limits, blank=blank, beam=beam, best=beam, length_penalty=0.0)
        ids = tf.reshape(found.ids, [-1, tf.shape(found.ids)[2]])
        written, _ = task.text.actions.shown(ids, tf.repeat(tokens, beam, axis=0))
        programs, _ = task.model.written(ids, written, tf.repeat(source.kinds, beam, axis=0))
        return tf.reshape(programs, [-1, beam]), found.scores, found.lengths

    for _ in range(_SENTENCES // _TOGETHER):
        texts = [" ".join(draw.choices(_PARTS, k=draw.randrange(1, 15))) for _ in range(_TOGETHER)]
        limits = np.array([draw.randrange(3, 61) for _ in texts], np.int32)
        programs, scores, lengths = (part.numpy() for part in write(tf.constant(texts), tf.constant(limits)))
        assert (lengths <= limits[:, np.newaxis]).all()
        for program in programs[scores > -1e6]:
            ast.parse(program.decode())
            parsed += 1
    assert parsed >= _SENTENCES
