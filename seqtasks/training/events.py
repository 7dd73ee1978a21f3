"""The events of a training that `fit` yields."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepDone:
    """A step was taken. `loss` is the mean over the epoch so far, `speed` is in tokens a second, 0 at first."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    speed: float
    seconds_left: float


@dataclass(frozen=True)
class SampleDrawn:
    """A sample drawn during training: its text, the step, and the mean loss, smoothed over about 1,000 steps."""

    step: int
    loss: float
    text: str


@dataclass(frozen=True)
class EpochDone:
    """An epoch ended: its log record, sample answers as (input, reference, answer), and the name of the dev score."""

    record: dict
    samples: list
    score_name: str
