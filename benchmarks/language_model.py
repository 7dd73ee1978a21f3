"""Times a language model beside PyTorch's nn.LSTM of the same size, chunk and batch, in turns; and how fast it writes.

    python benchmarks/language_model.py --config char-lm --corpus input.txt

Needs torch. Prints one JSON object: medians of pieces/s in training, the quartiles of how many times as fast seqtasks
is (see turns.py), and the pieces/s of one stream of samples. Nothing is written to disk.
"""

import itertools
import json

import click
import numpy as np
import tensorflow as tf
import torch
from torch import nn
from turns import WINDOW, in_turns, seconds

from seqtasks import corpora
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.training.fitting import Fitting


@click.command()
@click.option("--config", help="Name of a recipe, or a YAML file; by default the task's own.")
@click.option("--corpus", help="A named corpus, or a folder or file of your own.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--windows", default=8, show_default=True, help=f"Windows of {WINDOW} batches, after one to warm up.")
@click.option("--length", default=5000, show_default=True, help="Pieces to write.")
def benchmark(config, corpus, overrides, windows, length):
    """Time training beside PyTorch, and sampling."""
    settings = resolve(schema_of("language-model"), config=config, overrides=overrides, corpus__name=corpus)
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    examples = task.examples(data.split("train"))
    plan = list(itertools.islice(itertools.cycle(examples.plan(0)), WINDOW * (windows + 1)))
    fitting, theirs, rate = Fitting(task, examples), Theirs(task), settings.training.learning_rate
    number = itertools.count()

    def ours(plan):
        for chosen in plan:
            fitting.step(next(number), [chosen], rate)

    found = {
        "weights": task.model.count_params(),
        "torch_weights": sum(weight.numel() for weight in theirs.parameters()),
        "train": in_turns(
            plan,
            tokens=lambda chosen: int(examples.lengths[chosen].sum()),
            ours=ours,
            theirs=lambda plan: [theirs.step(*examples.batch(chosen)) for chosen in plan],
        ),
    }
    list(task.write("", length=100))
    found["sampled_per_s"] = round(length / seconds(list, task.write("", length=length)))
    found["versions"] = {"tensorflow": tf.__version__, "torch": torch.__version__}
    click.echo(json.dumps(found))


class Theirs(nn.Module):
    """Embeddings or one-hot vectors, nn.LSTM, nn.GRU or nn.RNN with the state carried, a linear layer, fused Adam."""

    def __init__(self, task):
        super().__init__()
        model, self.training_settings, self.size = task.settings.model, task.settings.training, task.text.pieces.size
        cell = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[model.cell]
        self.embedding = nn.Embedding(self.size, model.embedding) if model.embedding else None
        dropout = model.dropout if model.layers > 1 else 0.0
        self.recurrent = cell(
            model.embedding or self.size, model.units, model.layers, batch_first=True, dropout=dropout
        )
        self.output, self.dropout = nn.Linear(model.units, self.size), nn.Dropout(model.dropout)
        self.state = None
        self.optimizer = torch.optim.Adam(self.parameters(), lr=self.training_settings.learning_rate, fused=True)

    def step(self, ids, wanted, begins):
        ids, wanted = (torch.from_numpy(side.astype(np.int64)) for side in (ids, wanted))
        if begins.any():
            self.state = None
        inputs = self.embedding(ids) if self.embedding else nn.functional.one_hot(ids, self.size).float()
        outputs, state = self.recurrent(self.dropout(inputs), self.state)
        self.state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        loss = nn.functional.cross_entropy(self.output(self.dropout(outputs)).flatten(0, 1), wanted.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        if self.training_settings.clip_norm:
            nn.utils.clip_grad_norm_(self.parameters(), self.training_settings.clip_norm)
        self.optimizer.step()


if __name__ == "__main__":
    torch.manual_seed(1)
    benchmark()
