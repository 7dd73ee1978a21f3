"""Lines as inputs, and their answers as lines."""

from dataclasses import asdict, dataclass
from itertools import islice

from seqtasks import utf8
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.evaluation.predictions import one_line
from seqtasks.tasks.answer import Answer
from seqtasks.writing import to_json

# Number of lines answered at once: few enough to keep a pipe flowing, enough for batches of similar length. They are
# counted from the beginning of a file, so that a line stands in the same batch however the file is shared out.
AT_ONCE = 1024


@dataclass(frozen=True)
class Form:
    """How lines are answered, and how their answers are written; None takes the run's setting."""

    as_json: bool = False
    as_conll: bool = False
    beam: int | None = None
    n_best: int | None = None
    tokenized: bool = False
    prefix: str | None = None

    def answers(self, model, inputs):
        """Returns the Answers of a run or an exported model to inputs."""
        return model.answers(
            inputs, beam=self.beam, best=self.n_best, tokenized=self.tokenized or None, prefix=self.prefix
        )

    def written(self, number, text, answer):
        """Returns the answer to the `number`-th line, a str, as lines: one, or with n_best one for each alternative."""
        if self.as_json:
            return [to_json(self._record(number, text, answer))]
        if self.as_conll:
            if (lines := answer.conll()) is None:
                raise UsageError("--conll is only for taggers; leave it out")
            return [lines]
        if self.n_best:
            return [f"{number}\t{score:.4f}\t{one_line(other)}" for other, score in answer.alternatives]
        return [one_line(answer.text)]

    def without_answer(self, number, text, reason):
        """Returns the lines for a line that cannot be answered: an empty answer, in JSON with the reason."""
        if self.as_json:
            return [to_json({"line": number, "input": text, "answer": "", "fault": reason})]
        return [f"{number}\t0.0000\t" if self.n_best and not self.as_conll else ""]

    def as_dict(self):
        """Returns the options that were given, as JSON values by name."""
        return {name: value for name, value in asdict(self).items() if value}

    def _record(self, number, text, answer):
        record = {"line": number, "input": text, "answer": answer.text, "score": round(answer.score, 6)}
        if self.n_best:
            record["alternatives"] = [
                {"answer": other, "score": round(score, 6)} for other, score in answer.alternatives
            ]
        return {**record, "cut": answer.cut, "unknown": round(answer.unknown, 4), **answer.details()}


def answer_lines(model, lines, form, *, place, first=1, told=None):
    """Yields the answers to lines, a list of the lines to write for each AT_ONCE lines that were read.

    Args:
        model: a run or an exported model, as `load` returns.
        lines: iterator over strings.
        form: a Form.
        place: function from the number of a line to what it is called in errors.
        first: the number of the first line.
        told: called with the number and the Answer of each line.

    Raises UsageError for a line that is no input, with its place.
    """
    from_line = model.predictor.reader.from_line
    while chunk := list(islice(lines, AT_ONCE)):
        numbers = range(first, first + len(chunk))
        first += len(chunk)
        inputs = [from_line(line, place(number)) for number, line in zip(numbers, chunk, strict=True)]
        written = []
        for number, text, answer in zip(numbers, chunk, form.answers(model, inputs), strict=True):
            if told:
                told(number, answer)
            written += form.written(number, text, answer)
        yield written


def answer_each(model, lines, form, *, first, place):
    """Yields the answers to lines as `answer_lines` does, whatever is wrong with one of them.

    A line that is no text or no input, or that the model fails on, gets an empty answer.

    Args:
        lines: iterator over bytes; the others are those of `answer_lines`.

    Yields:
        The lines to write, and the faults, (number, reason), of AT_ONCE lines. Raises what the model raises if it
        fails on each of several inputs: then the fault is not theirs.
    """
    from_line = model.predictor.reader.from_line
    while chunk := list(islice(lines, AT_ONCE)):
        texts, reasons, inputs = {}, {}, {}
        for number, line in enumerate(chunk, start=first):
            texts[number], fault = utf8.read(line, number)
            try:
                if fault:
                    reasons[number] = fault
                else:
                    inputs[number] = from_line(texts[number], place(number))
            except SeqtasksError as error:
                reasons[number] = str(error)
        found = dict(zip(inputs, _tried(form, model, list(inputs.values())), strict=True))
        written = []
        for number, text in texts.items():
            answer = found.get(number)
            if isinstance(answer, Answer):
                written += form.written(number, text, answer)
            else:
                reasons.setdefault(number, _reason(answer))
                written += form.without_answer(number, text, reasons[number])
        yield written, sorted(reasons.items())
        first += len(chunk)


def _tried(form, model, inputs):
    """Returns the Answer to each input, or the error that it raises."""
    found = _halved(form, model, inputs)
    errors = [one for one in found if isinstance(one, Exception) and not isinstance(one, SeqtasksError)]
    if len(errors) == len(inputs) > 1:
        raise errors[0]
    return found


def _halved(form, model, inputs):
    try:
        return form.answers(model, inputs)
    except Exception as error:
        if len(inputs) == 1:
            return [error]
        middle = len(inputs) // 2
        return _halved(form, model, inputs[:middle]) + _halved(form, model, inputs[middle:])


def _reason(error):
    if isinstance(error, SeqtasksError):
        return str(error)
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
