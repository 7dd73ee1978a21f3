"""Times the training of a captioner beside a plain PyTorch model of the same sizes, on the same batches, in turns.

    python benchmarks/captions.py

Needs torch. Prints one JSON object: medians of images/s, and the quartiles of how many times as fast seqtasks is; see
turns.py. Images are not changed at random on either side. Nothing is written to disk.
"""

import itertools
import json

import click
import tensorflow as tf
import torch
from torch import nn
from turns import WINDOW, in_turns

from seqtasks import corpora
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.text import EOS, PAD
from seqtasks.training.fitting import Fitting


@click.command()
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--windows", default=10, show_default=True, help=f"Windows of {WINDOW} batches, after one to warm up.")
def benchmark(overrides, windows):
    """Time the training of a captioner beside PyTorch."""
    settings = resolve(schema_of("caption"), overrides=[*overrides, "training.augment=0", "model.coverage=false"])
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    examples = task.examples(data.split("train"))
    epochs = map(examples.plan, itertools.count())
    plan = list(itertools.islice(itertools.chain.from_iterable(epochs), WINDOW * (windows + 1)))
    fitting, theirs, number = Fitting(task, examples), Theirs(task, examples), itertools.count()

    def ours(part):
        for chosen in part:
            fitting.step(next(number), [chosen], settings.training.learning_rate)

    found = {"weights": task.model.count_params(), "torch_weights": theirs.weights, "batch_size": len(plan[0])}
    found |= in_turns(plan, tokens=len, ours=ours, theirs=theirs.train)
    found = {name.replace("tokens", "images"): value for name, value in found.items()}
    found["versions"] = {"tensorflow": tf.__version__, "torch": torch.__version__}
    click.echo(json.dumps(found))


class Theirs:
    """A plain PyTorch model, trained with dropout, clipping and fused Adam."""

    def __init__(self, task, examples):
        self.examples, self.training = examples, task.settings.training
        self.model = TorchCaptioner(task)
        self.weights = sum(weight.numel() for weight in self.model.parameters())
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.training.learning_rate, fused=True)

    def train(self, plan):
        self.model.train()
        for chosen in plan:
            pixels, ids = map(torch.from_numpy, self.examples.batch(chosen))
            self.optimizer.zero_grad()
            self.model.loss(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1, ids.long()).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.training.clip_norm)
            self.optimizer.step()


class TorchCaptioner(nn.Module):
    """The same convolutions with ReLU, an LSTMCell that attends at each step, deep output, the word detector's loss."""

    def __init__(self, task):
        super().__init__()
        model, size = task.settings.model, task.text.captions.size
        channels, units, embedding, align = model.channels, model.units, model.embedding, model.attention_units
        widths = [12, channels // 4, channels // 2, 3 * channels // 4, channels]
        layers = [nn.PixelUnshuffle(2)]
        for i in range(4):
            layers += [nn.Conv2d(widths[i], widths[i + 1], 3, padding=1), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if i in (0, 2) else []
        self.cells = nn.Sequential(*layers, nn.Conv2d(channels, channels, 1), nn.ReLU())
        self.embedding = nn.Embedding(size, embedding, padding_idx=PAD)
        self.starts = nn.ModuleList(nn.Linear(channels, units) for _ in range(2))
        self.cell = nn.LSTMCell(embedding + channels, units)
        self.keys, self.query = nn.Linear(channels, align), nn.Linear(units, align, bias=False)
        self.scale = nn.Linear(align, 1, bias=False)
        self.deep = nn.Linear(units + channels + embedding, embedding)
        self.output, self.detector = nn.Linear(embedding, size), nn.Linear(channels, size)
        self.dropout = nn.Dropout(model.dropout)

    def loss(self, images, ids):
        seen = self.cells(images).flatten(2).transpose(1, 2)
        shown = torch.zeros(len(ids), self.output.out_features).scatter_(1, ids, 1.0)
        shown[:, : EOS + 1] = 0
        detected = nn.functional.binary_cross_entropy_with_logits(
            torch.logsumexp(self.detector(seen), dim=1), shown, reduction="sum"
        )
        cells, embedded = self.dropout(seen), self.dropout(self.embedding(ids[:, :-1]))
        keys, mean = self.keys(cells), cells.mean(1)
        h, c = torch.tanh(self.starts[0](mean)), self.starts[1](mean)
        features = []
        for t in range(embedded.shape[1]):
            scores = self.scale(torch.tanh(keys + self.query(h)[:, None]))
            context = (torch.softmax(scores, dim=1) * cells).sum(1)
            h, c = self.cell(torch.cat([embedded[:, t], context], dim=1), (h, c))
            features.append(torch.cat([h, context, embedded[:, t]], dim=1))
        wanted = ids[:, 1:]
        real = wanted != PAD
        hidden = self.dropout(torch.tanh(self.deep(torch.stack(features, dim=1)[real])))
        return (nn.functional.cross_entropy(self.output(hidden), wanted[real], reduction="sum") + detected) / real.sum()


if __name__ == "__main__":
    torch.manual_seed(1)
    benchmark()
