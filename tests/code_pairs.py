"""Settings of a tiny coder, and pairs of a sentence and a line of Python to teach it."""

TINY = (
    "text.max_length=14",
    "text.least=3",
    "model.units=6",
    "model.embedding=5",
    "model.attention_units=4",
    "model.characters=true",
    "training.epochs=1",
    "training.batch_size=28",
    "training.learning_rate=0.02",
    "training.warmup=0",
    "search.beam=3",
    "search.max_length=10",
)
_PAIRS = (
    ("sort {0} downwards", "sorted({0}, reverse=True)"),
    ("print '{0}'", "print('{0}')"),
    ("{0} plus {1}", "{0} + {1}"),
    ("for {0} in {1} stop", "for {0} in {1}: break"),
    ("set {0} to 7", "{0} = 7"),
)


def write_pairs(path, count=70):
    """Writes a file of pairs with names that occur once or twice; returns its path."""
    names = [f"{letter}{number}" for number in range(9) for letter in "abcdefgh"]
    pairs = [[part.format(names[i], names[-i]) for part in _PAIRS[i % len(_PAIRS)]] for i in range(count)]
    path.write_text("".join(f"{sentence}\t{code}\n" for sentence, code in pairs), encoding="utf-8")
    return path
