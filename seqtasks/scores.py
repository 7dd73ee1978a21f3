"""Scores with signatures and intervals; no TensorFlow.

Every value is on 0-100. A signature says how it was computed; scores with different signatures do not compare.
"""

from dataclasses import asdict, dataclass

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _bootstrap_resample, estimate_ci

# Languages written without spaces, where sacrebleu's default tokenizer (13a) finds no words.
_TOKENIZERS = {"zh": "zh", "ja": "char", "th": "char"}
_RESAMPLES = 1000


@dataclass(frozen=True)
class Score:
    """A score, its 95 % interval around the mean of the bootstrap (None where not asked for), and its signature."""

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
        value, (low, high) = float(metric.corpus_score(predictions, streams).score), (None, None)
        if interval:
            # Not by corpus_score, whose mean of resamples fails where only some of them score 0.
            statistics = metric._extract_corpus_statistics(predictions, streams)
            metric.n_bootstrap = _RESAMPLES
            metric.seed, resamples = _bootstrap_resample(statistics, metric, _RESAMPLES)
            low, high = _bounds(*estimate_ci([resample.score for resample in resamples]))
        scores.append(Score(name, value, low, high, str(metric.get_signature())))
    return scores


def compare_translations(systems, references, *, language):
    """Paired significance tests of sacrebleu: bootstrap (Koehn, 2004) and approximate randomization (Riezler, 2005).

    sacrebleu counts only trials of a strictly greater difference, so that systems which differ in no line or in a few
    would seem significantly different; p-values are kept at what is possible there.

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
        for i, (system, predictions) in enumerate(named):
            differing = sum(one != other for one, other in zip(named[0][1], predictions, strict=True))
            bootstrap, randomization = bootstraps[label][i], randomizations[label][i]
            low, high = _bounds(bootstrap.mean, bootstrap.ci)
            rows.append(
                {
                    "system": system,
                    "score": name,
                    "value": float(bootstrap.score),
                    "low": low,
                    "high": high,
                    "bootstrap_p": (bootstrap.p_value if differing else 1.0) if i else None,
                    # Of 2 ** differing ways to swap, none and all give the difference that was seen.
                    "randomization_p": max(randomization.p_value, min(1.0, 2.0 ** (1 - differing))) if i else None,
                    "signature": str(signature),
                }
            )
    return rows


def _bounds(mean, half):
    return float(mean - half), float(mean + half)


def _metrics(language):
    main = language.replace("_", "-").split("-")[0].lower()
    return {"BLEU": BLEU(tokenize=_TOKENIZERS.get(main, "13a")), "chrF": CHRF()}


def _streams(references):
    """Turns references a line into sacrebleu's streams; a missing one is None, since '' would count as a reference."""
    most = max([1, *map(len, references)])
    return [[line[i] if i < len(line) else None for line in references] for i in range(most)]
