"""Times sentiment, ner and series beside plain PyTorch models of the same sizes, on the same batches, in turns.

    python benchmarks/labels.py --task sentiment
    python benchmarks/labels.py --task ner
    python benchmarks/labels.py --task series

Needs torch, and pytorch-crf for a tagger with a conditional random field. Prints one JSON object: medians of tokens/s,
words or steps without padding, and the quartiles of how many times as fast seqtasks is; see turns.py. Nothing is
written to disk.
"""

import itertools
import json

import click
import numpy as np
import tensorflow as tf
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from turns import WINDOW, in_turns

from seqtasks import corpora
from seqtasks.batches.cores import in_shares
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.text import PAD
from seqtasks.training.fitting import Fitting


@click.command()
@click.option("--task", "name", type=click.Choice(["sentiment", "ner", "series"]), required=True)
@click.option("--config", help="Name of a recipe, or a YAML file; by default the task's own.")
@click.option("--corpus", help="A named corpus, or a folder or file of your own.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--windows", default=12, show_default=True, help=f"Windows of {WINDOW} batches, after one to warm up.")
def benchmark(name, config, corpus, overrides, windows):
    """Time training and answers of a classifier or a tagger beside PyTorch."""
    settings = resolve(schema_of(name), config=config, overrides=overrides, corpus__name=corpus)
    data = corpora.load_configured(settings.corpus)
    task = make_task(settings, data)
    examples = task.examples(data.split("train"))
    epochs = map(examples.plan, itertools.count())
    plan = list(itertools.islice(itertools.chain.from_iterable(epochs), WINDOW * (windows + 1)))
    ours, theirs = Ours(task, examples), Theirs(task, examples)
    found = {"weights": task.model.count_params(), "torch_weights": theirs.weights}
    for work in ("train", "answer"):
        sides = {"ours": getattr(ours, work), "theirs": getattr(theirs, work)}
        found[work] = in_turns(plan, tokens=lambda chosen: int(examples.lengths[chosen].sum()), **sides)
    found["versions"] = {"tensorflow": tf.__version__, "torch": torch.__version__}
    click.echo(json.dumps(found))


class Ours:
    """The task, as it is trained and asked."""

    def __init__(self, task, examples):
        self.task, self.examples, self.fitting = task, examples, Fitting(task, examples)
        self.number = itertools.count()
        inputs = examples.signature[:-1]
        self.answers = tf.function(self._scores, input_signature=inputs, autograph=False)

    def _scores(self, inputs, *others):
        if self.task.name == "series":
            others = [tf.sequence_mask(*others, tf.shape(inputs)[1])]
        return self.task.model(inputs, *others)[0]

    def train(self, plan):
        for chosen in plan:
            self.fitting.step(next(self.number), [chosen], self.task.settings.training.learning_rate)

    def answer(self, plan):
        for _ in in_shares(lambda chosen: self.answers(*self.examples.batch(chosen)[:-1]).numpy(), plan):
            pass


class Theirs:
    """A plain PyTorch model of the same sizes, with packed sequences, dropout, clipping and fused Adam."""

    def __init__(self, task, examples):
        self.task, self.examples, self.training = task, examples, task.settings.training
        models = {"sentiment": TorchClassifier, "ner": TorchTagger, "series": TorchSeriesLabeler}
        self.model = models[task.name](task)
        self.weights = sum(weight.numel() for weight in self.model.parameters())
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.training.learning_rate, fused=True)

    def batch(self, chosen):
        arrays = map(torch.from_numpy, self.examples.batch(chosen))
        return [array if array.is_floating_point() else array.long() for array in arrays]

    def train(self, plan):
        self.model.train()
        for chosen in plan:
            self.optimizer.zero_grad()
            self.model.loss(*self.batch(chosen)).backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.training.clip_norm)
            self.optimizer.step()

    def answer(self, plan):
        self.model.eval()
        with torch.inference_mode():
            for chosen in plan:
                self.model.decode(*self.batch(chosen)[:-1])


def packed(lstm, inputs, lengths):
    """Returns the outputs (batch, steps, features) of an LSTM over packed sequences."""
    sequences = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(lstm(sequences)[0], batch_first=True, total_length=inputs.shape[1])[0]


def bidirectional(size, model):
    return nn.LSTM(size, model.units, model.layers, batch_first=True, bidirectional=True)


class TorchClassifier(nn.Module):
    """Embeddings, a bidirectional LSTM, the maximum over real steps, a softmax."""

    def __init__(self, task):
        super().__init__()
        model = task.settings.model
        self.embedding = nn.Embedding(task.text.pieces.size, model.embedding, padding_idx=PAD)
        self.lstm = bidirectional(model.embedding, model)
        self.output = nn.Linear(2 * model.units, len(task.text.classes))
        self.dropout = nn.Dropout(model.dropout)

    def forward(self, ids):
        mask = ids != PAD
        outputs = packed(self.lstm, self.dropout(self.embedding(ids)), mask.sum(1))
        pooled = outputs.masked_fill(~mask[..., None], -torch.inf).amax(1)
        return self.output(self.dropout(pooled))

    def loss(self, ids, classes):
        return nn.functional.cross_entropy(self(ids), classes)

    def decode(self, ids):
        return self(ids).argmax(1)


class TorchTagger(nn.Module):
    """Words and a convolution over their characters, a bidirectional LSTM, a softmax or pytorch-crf."""

    def __init__(self, task):
        super().__init__()
        model = task.settings.model
        self.words = nn.Embedding(task.text.words.size, model.embedding, padding_idx=PAD)
        self.characters = nn.Embedding(len(task.text.words.characters) + 2, 30, padding_idx=PAD)
        self.convolution = nn.Conv1d(30, model.character_units, 3, padding=1)
        self.lstm = bidirectional(model.embedding + model.character_units, model)
        self.output = nn.Linear(2 * model.units, len(task.text.tags))
        self.dropout = nn.Dropout(model.dropout)
        self.crf = None
        if model.output == "crf":
            from torchcrf import CRF

            self.crf = CRF(len(task.text.tags), batch_first=True)

    def forward(self, words, characters):
        mask = words != PAD
        real = characters[mask]
        found = self.convolution(self.characters(real).transpose(1, 2))
        found = found.masked_fill((real == PAD)[:, None], -torch.inf).amax(2)
        features = found.new_zeros(*words.shape, found.shape[1])
        features[mask] = found
        inputs = self.dropout(torch.cat([self.words(words), features], dim=2))
        return self.output(self.dropout(packed(self.lstm, inputs, mask.sum(1)))), mask

    def loss(self, words, characters, tags):
        scores, mask = self(words, characters)
        if self.crf:
            return -self.crf(scores, tags, mask=mask, reduction="token_mean")
        return nn.functional.cross_entropy(scores[mask], tags[mask])

    def decode(self, words, characters):
        scores, mask = self(words, characters)
        return self.crf.decode(scores, mask=mask) if self.crf else scores.argmax(2)


class TorchSeriesLabeler(nn.Module):
    """A linear layer over the values of a step, a bidirectional LSTM, a softmax at each step."""

    def __init__(self, task):
        super().__init__()
        model = task.settings.model
        self.embedding = nn.Linear(task.text.numbers.features, model.embedding)
        self.lstm = bidirectional(model.embedding, model)
        self.output = nn.Linear(2 * model.units, len(task.text.labels))
        self.dropout = nn.Dropout(model.dropout)

    def forward(self, features, lengths):
        outputs = packed(self.lstm, self.dropout(self.embedding(features)), lengths)
        return self.output(self.dropout(outputs))

    def loss(self, features, lengths, labels):
        mask = torch.arange(features.shape[1]) < lengths[:, None]
        return nn.functional.cross_entropy(self(features, lengths)[mask], labels[mask])

    def decode(self, features, lengths):
        return self(features, lengths).argmax(2)


if __name__ == "__main__":
    np.random.seed(1)
    torch.manual_seed(1)
    benchmark()
