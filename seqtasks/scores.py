"""Scores with signatures and intervals; no TensorFlow.

Every value is on 0-100. A signature says how it was computed; scores with different signatures do not compare.
"""

from dataclasses import asdict, dataclass

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

# Languages written without spaces, where sacrebleu's default tokenizer (13a) finds no words.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}
_RESAMPLES = 1000


@dataclass(frozen=True)
class Score:
    """A score, the bounds of its 95 % bootstrap interval (None where it was not asked for), and its signature."""

    name: str
    value: float
    low: float | None
    high: float | None
    signature: str

    def as_dict(self):
        """Returns the score as JSON values."""
        return asdict(self)


def translation_scores(predictions, references, *, language, interval=True):
    """Scores translations with sacrebleu (Post, 2018).

    Args:
        predictions: list of str.
        references: for each prediction, one or more str.
        language: code of the target language; decides the tokenizer of BLEU.
        interval: also estimate a bootstrap interval (Koehn, 2004), over 1,000 resamples with sacrebleu's seed.

    Returns:
        [BLEU, chrF].
    """
    streams = _streams(references)
    scores = []
    for name, metric in _metrics(language).items():
        result = metric.corpus_score(predictions, streams, n_bootstrap=_RESAMPLES if interval else 1)
        low, high = _bounds(result._mean, result._ci) if interval else (None, None)
        scores.append(Score(name, float(result.score), low, high, str(metric.get_signature())))
    return scores


def compare_translations(systems, references, *, language):
    """Paired significance tests of sacrebleu: bootstrap (Koehn, 2004) and approximate randomization (Riezler, 2005).

    Args:
        systems: {name: list of predictions}; the first is the baseline.
        references: for each line, one or more str.

    Returns:
        A list of {"system", "score", "value", "low", "high", "bootstrap_p", "randomization_p", "signature"}; the
        p-values are None for the baseline.
    """
    streams, rows = _streams(references), []
    named = list(systems.items())
    tests = {
        kind: PairedTest(named, _metrics(language), streams, test_type=kind, n_samples=samples)
        for kind, samples in (("bs", _RESAMPLES), ("ar", 10 * _RESAMPLES))
    }
    (signatures, bootstraps), (_, randomizations) = tests["bs"](), tests["ar"]()
    for name, (label, signature) in zip(_metrics(language), signatures.items(), strict=True):
        for i, (system, _) in enumerate(named):
            bootstrap, randomization = bootstraps[label][i], randomizations[label][i]
            low, high = _bounds(bootstrap.mean, bootstrap.ci)
            rows.append(
                {
                    "system": system,
                    "score": name,
                    "value": float(bootstrap.score),
                    "low": low,
                    "high": high,
                    "bootstrap_p": bootstrap.p_value,
                    "randomization_p": randomization.p_value,
                    "signature": str(signature),
                }
            )
    return rows


def _bounds(mean, half):
    return float(mean - half), float(mean + half)


def _metrics(language):
    return {"BLEU": BLEU(tokenize=_TOKENIZERS.get(language, "13a")), "chrF": CHRF()}


def _streams(references):
    """Turns references a line into sacrebleu's streams; a missing one is None, since '' would count as a reference."""
    most = max([1, *map(len, references)])
    return [[line[i] if i < len(line) else None for line in references] for i in range(most)]
