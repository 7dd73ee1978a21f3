"""predict: where texts come from, how answers go out, what is said about an input on stderr."""

import itertools
import os
import sys
from pathlib import Path

import click

from seqtasks import utf8
from seqtasks.cli import load_tensorflow
from seqtasks.errors import UsageError
from seqtasks.writing import refuse_folder, to_json

# Lines that are answered together; few enough to keep a pipe flowing, enough for batches of similar length.
_CHUNK = 1024
_UNKNOWN = 0.5


def predict(run, texts, *, input_file, output_file, as_json, as_conll, beam, n_best, tokenized):
    """Answers what the arguments say, see the verb."""

    if texts and input_file is not None:
        raise UsageError("texts and --input were both given; give one of them")
    if beam and n_best and n_best > beam:
        raise UsageError(f"--n-best {n_best} needs as many beams: raise --beam {beam} or leave it out")
    if as_json and as_conll:
        raise UsageError("--json and --conll were both given; give one of them")
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
    written = _answer_lines(model, lines, named=not texts, **how)
    if output_file is not None:
        from seqtasks.writing import write_aside

        write_aside(output_file, "".join(f"{line}\n" for line in written).encode())
        return
    for line in written:
        click.echo(line)


def _refuse_output(path, run):
    """Raises UsageError where predictions would go over a folder, or over a part of the run that makes them."""
    refuse_folder(path)
    if os.path.exists(path) and Path(os.path.realpath(run)) in Path(os.path.realpath(path)).parents:
        raise UsageError(f"'{path}' is a part of '{run}'; write to another file")


def open_model(run):
    """Returns the run or exported model at `run`; a folder that is not whole is refused before TensorFlow is loaded."""
    import seqtasks
    from seqtasks.runs.folder import RunFolder
    from seqtasks.serving.exported import is_exported

    if not is_exported(run):
        RunFolder(run)
    load_tensorflow()
    return seqtasks.load(run)


def open_run(run):
    """Returns the RunFolder at `run`; a folder that is not whole, or an exported model, is refused."""
    from seqtasks.runs.folder import RunFolder
    from seqtasks.serving.exported import is_exported

    if is_exported(run):
        raise UsageError(f"'{run}' is an exported model; give the run that it came from")
    return RunFolder(run)


def _answer_lines(model, lines, *, named, as_json, as_conll, beam, n_best, tokenized):
    """Yields the lines to write, for chunks of texts, and warns on stderr about texts that were not read as given."""
    from seqtasks.evaluation.predictions import one_line

    number = 0
    while chunk := list(itertools.islice(lines, _CHUNK)):
        answers = model.answers(chunk, beam=beam, best=n_best, tokenized=tokenized or None)
        for text, answer in zip(chunk, answers, strict=True):
            number += 1
            warn(answer, f"line {number}" if named else f"text {number}")
            if as_json:
                yield to_json(_record(number, text, answer, n_best))
            elif as_conll:
                yield _conll(answer)
            elif n_best:
                yield from (f"{number}\t{score:.4f}\t{one_line(said)}" for said, score in answer.alternatives)
            else:
                yield one_line(answer.text)


def _record(number, text, answer, n_best):
    record = {"line": number, "input": text, "answer": answer.text, "score": round(answer.score, 6)}
    if n_best:
        record["alternatives"] = [{"answer": said, "score": round(score, 6)} for said, score in answer.alternatives]
    return {**record, "cut": answer.cut, "unknown": round(answer.unknown, 4), **answer.details()}


def _conll(answer):
    if not hasattr(answer, "conll"):
        raise UsageError("--conll is for tasks that label words; leave it out")
    return answer.conll()


def warn(answer, where):
    """Says on stderr when a text was cut or is mostly unknown."""
    if answer.cut:
        click.echo(f"{where}: longer than the length limit; its {answer.unread} was not read", err=True)
    if answer.unknown > _UNKNOWN:
        click.echo(f"{where}: {answer.unknown:.0%} of it is unknown to this run", err=True)


def _prompt(model, **options):
    click.echo("One text a line; end with Ctrl-D.", err=True)
    while True:
        try:
            text = input("> " if sys.stdout.isatty() else "")
        except EOFError:
            click.echo(err=True)
            return
        for line in _answer_lines(model, iter([utf8.without_mark(text)]), named=False, **options):
            click.echo(line)
