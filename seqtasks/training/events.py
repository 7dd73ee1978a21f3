"""What happens in a training, as `fit` tells it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StepDone:
    """A step was taken. `loss` is the epoch's mean so far, `speed` tokens a second, 0 at first."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    speed: float
    seconds_left: float


@dataclass(frozen=True)
class SampleDrawn:
    """A model that writes has written: its text at a step, and the mean loss, smoothed over about 1,000 steps."""

    step: int
    loss: float
    text: str


@dataclass(frozen=True)
class EpochDone:
    """An epoch ended: its line of the log, sample answers as (input, reference, answer), and what dev is scored by."""

    record: dict
    samples: list
    score_name: str
