"""predict and sample: reading texts, writing answers, and warnings about inputs on stderr."""

import itertools
import os
import sys
from pathlib import Path

import click

from seqtasks import utf8
from seqtasks.cli.group import cli, load_tensorflow
from seqtasks.cli.options import BEAMS, open_model, open_run
from seqtasks.errors import UsageError
from seqtasks.limits import MOST
from seqtasks.writing import refuse_folder, to_json

# Number of lines answered at once: few enough to keep a pipe flowing, enough for batches of similar length.
_CHUNK = 1024
_UNKNOWN = 0.5


@cli.command()
@click.argument("run")
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("--input", "input_file", help="File with one text on each line; '-' is standard input.")
@click.option("--output", "output_file", help="File to write to instead of standard output.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object on each line, with scores.")
@click.option(
    "--conll", "as_conll", is_flag=True, help="Write CoNLL columns, one word and its tag on each line (taggers only)."
)
@click.option("--tokenized", is_flag=True, help="The input is already split into words at spaces (taggers only).")
@click.option("--beam", type=BEAMS, help="Beam width; 1 is greedy search.  [default: the run's setting]")
@click.option("--n-best", type=BEAMS, help="Write the N best answers: line number, score, answer.")
def predict(run, texts, **options):
    """Answer texts from the arguments, a file or standard input. RUN may also be an exported model.

    One line in, one line out, in order; line ends inside an answer are escaped. A captioner takes paths of images.
    """
    _predict(run, texts, **options)


@cli.command()
@click.argument("run")
@click.option("--prompt", default="", help="Beginning of the text.")
@click.option("--length", type=click.IntRange(1, MOST), help="Number of pieces to add.  [default: the run's setting]")
@click.option(
    "--temperature", type=click.FloatRange(1e-4, 1e4), help="Sampling temperature; below 1 makes likely text likelier."
)
@click.option(
    "--top-k",
    type=click.IntRange(1, MOST),
    help="Sample from the K most probable pieces only; 1 always takes the best.",
)
@click.option("--seed", type=click.IntRange(0, MOST), help="Random seed of the sampling.")
def sample(run, prompt, **options):
    """Continue a prompt, sampled piece by piece and printed as it comes."""
    from seqtasks import Run
    from seqtasks.utf8 import without_mark

    folder = open_run(run)
    folder.must_write("sampling")
    load_tensorflow()
    model, prompt = Run(folder), without_mark(prompt)
    written = model.sample(prompt, **options)
    if prompt:
        warn(model.check(prompt), "the prompt")
    click.echo(prompt, nl=False)
    for part in written:
        click.echo(part, nl=False)
    click.echo()


def _predict(run, texts, *, input_file, output_file, as_json, as_conll, beam, n_best, tokenized):
    """Answers the texts; the arguments are those of the verb."""

    if texts and input_file is not None:
        raise UsageError("both texts and --input were given; give only one of them")
    if beam and n_best and n_best > beam:
        raise UsageError(f"--n-best {n_best} needs --beam {n_best} or more, received --beam {beam}")
    if as_json and as_conll:
        raise UsageError("both --json and --conll were given; give only one of them")
    if output_file is not None:
        _refuse_output(output_file, run)
    if input_file is not None and input_file != "-":
        from seqtasks.corpora.sources.reading import read_lines

        lines = iter(read_lines(input_file))
    elif texts:
        lines = map(utf8.without_mark, texts)
    else:
        lines = utf8.decoded(sys.stdin.buffer, "standard input", what="it")
    model = open_model(run)
    how = {"as_json": as_json, "as_conll": as_conll, "beam": beam, "n_best": n_best, "tokenized": tokenized}
    if not texts and input_file is None and output_file is None and sys.stdin.isatty():
        _prompt(model, **how)
        return
    source = input_file if input_file not in (None, "-") else None
    written = _answer_lines(model, lines, named=not texts, source=source, **how)
    if output_file is not None:
        from seqtasks.writing import write_atomically

        write_atomically(output_file, "".join(f"{line}\n" for line in written).encode())
        return
    for line in written:
        click.echo(line)


def _refuse_output(path, run):
    """Raises UsageError if predictions would overwrite a folder, or a file of the run itself."""
    refuse_folder(path)
    if os.path.exists(path) and Path(os.path.realpath(run)) in Path(os.path.realpath(path)).parents:
        raise UsageError(f"--output '{path}' is inside the run '{run}'; write to a file elsewhere")


def _answer_lines(model, lines, *, named, as_json, as_conll, beam, n_best, tokenized, source=None):
    """Yields the lines to write, for chunks of texts, and warns on stderr about texts that were cut or are unknown.

    `source` is the file that the texts are lines of, if they are.
    """
    from seqtasks.evaluation.predictions import one_line

    number, kind = 0, "line" if named else "text"
    from_line = model.predictor.reader.from_line
    while chunk := list(itertools.islice(lines, _CHUNK)):
        places = [f"{source}:{i}" if source else f"{kind} {i}" for i in range(number + 1, number + 1 + len(chunk))]
        inputs = [from_line(line, place) for line, place in zip(chunk, places, strict=True)]
        answers = model.answers(inputs, beam=beam, best=n_best, tokenized=tokenized or None)
        for text, answer in zip(chunk, answers, strict=True):
            number += 1
            warn(answer, f"{kind} {number}")
            if as_json:
                yield to_json(_record(number, text, answer, n_best))
            elif as_conll:
                yield _conll(answer)
            elif n_best:
                yield from (f"{number}\t{score:.4f}\t{one_line(text)}" for text, score in answer.alternatives)
            else:
                yield one_line(answer.text)


def _record(number, text, answer, n_best):
    record = {"line": number, "input": text, "answer": answer.text, "score": round(answer.score, 6)}
    if n_best:
        record["alternatives"] = [{"answer": text, "score": round(score, 6)} for text, score in answer.alternatives]
    return {**record, "cut": answer.cut, "unknown": round(answer.unknown, 4), **answer.details()}


def _conll(answer):
    lines = answer.conll()
    if lines is None:
        raise UsageError("--conll is only for taggers; leave it out")
    return lines


def warn(answer, where):
    """Warns on stderr about a text that was cut or is mostly unknown."""
    if answer.cut:
        click.echo(f"{where}: longer than the length limit; its {answer.unread} was not read", err=True)
    if answer.unknown > _UNKNOWN:
        click.echo(f"{where}: {answer.unknown:.0%} of it is not in the vocabulary", err=True)


def _prompt(model, **options):
    click.echo("Enter one text a line; end with Ctrl-D.", err=True)
    while True:
        try:
            text = input("> " if sys.stdout.isatty() else "")
        except EOFError:
            click.echo(err=True)
            return
        for line in _answer_lines(model, iter([utf8.without_mark(text)]), named=False, **options):
            click.echo(line)
