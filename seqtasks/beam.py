"""Answers in Apache Beam pipelines; `pip install 'seqtasks[beam]'` installs what it needs.

    import apache_beam as beam
    from seqtasks.beam import Predict

    with beam.Pipeline() as pipeline:
        pairs = pipeline | beam.Create([(1, "Tengo hambre."), (2, "¿Qué hora es?")])
        pairs | Predict("runs/translate", beam=3) | beam.Map(print)

Without further options a runner named DirectRunner first tries to download prism, a program in Go; "FnApiRunner" is the
local runner that downloads nothing. TensorFlow is loaded by the workers, not where a pipeline is made.
"""

import io
import os
import threading
from contextlib import redirect_stderr

from seqtasks.answering import FolderJob
from seqtasks.answering.jobs import fingerprint_of
from seqtasks.api import load
from seqtasks.batches.cores import set_threads
from seqtasks.errors import RunError, UsageError, did_you_mean, listing

try:
    import apache_beam as beam
    from apache_beam.metrics import Metrics
    from apache_beam.ml.inference.base import KeyedModelHandler, ModelHandler, RunInference
    from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
    from apache_beam.runners.runner import create_runner
except ImportError as error:
    raise ImportError(
        f"Apache Beam is not installed ({error}); install it with: pip install 'seqtasks[beam]'"
    ) from error

# The runner on this machine that downloads nothing.
LOCAL = "FnApiRunner"
# A model answers the texts of a batch in batches of its own, sorted by length: the more texts, the less padding.
_FEWEST, _MOST = 64, 1024
_models, _loading = {}, threading.Lock()


def model_at(path, fingerprint):
    """Returns the run or exported model at a path, the same one for all threads of a process.

    Raises RunError if it has another fingerprint.
    """
    with _loading:
        if fingerprint not in _models:
            if fingerprint_of(path) != fingerprint:
                raise RunError(f"'{path}' is another model than where the job began; give all workers the same")
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            set_threads()
            _models[fingerprint] = load(path)
            # Loads a run as well, which would otherwise wait until it is used, by several threads at once.
            _ = _models[fingerprint].predictor
        return _models[fingerprint]


class Handler(ModelHandler):
    """A ModelHandler for RunInference over texts, or images as paths or bytes; answers are those of `predict`.

    Use it instead of Predict for what RunInference offers besides, such as `with_exception_handling()`.
    """

    def __init__(self, path, **options):
        """Takes the path of a run or an exported model, which all workers must see, and the options of `predict`.

        Raises RunError if there is no such model here.
        """
        super().__init__(min_batch_size=_FEWEST, max_batch_size=_MOST)
        self._path, self._options, self._fingerprint = os.path.abspath(path), options, fingerprint_of(path)

    def load_model(self):
        return model_at(self._path, self._fingerprint)

    def run_inference(self, batch, model, inference_args=None):
        return model.predict(list(batch), **{**self._options, **(inference_args or {})})

    def get_metrics_namespace(self):
        return "seqtasks"


class Predict(beam.PTransform):
    """Answers pairs: (key, text) to (key, answer), as `seqtasks.load(path).predict` does, in no order.

    A text that cannot be answered fails, as in any transform; see Handler for other ways.
    """

    def __init__(self, path, **options):
        """Takes what Handler takes."""
        super().__init__()
        self._handler = Handler(path, **options)

    def expand(self, pairs):
        return pairs | RunInference(KeyedModelHandler(self._handler))


class AnswerFiles(beam.PTransform):
    """Answers files into a folder: the transform of `seqtasks predict --beam-runner`.

    Takes (name, path) of files and does the work of a FolderJob that has begun.
    """

    def __init__(self, job: FolderJob):
        super().__init__()
        self._job = job

    def expand(self, files):
        return (
            files
            | "Share out" >> beam.FlatMap(lambda file, job: job.shares(*file), self._job)
            | "Spread" >> beam.Reshuffle()
            | "Answer" >> beam.ParDo(_Answer(self._job))
            | "Gather" >> beam.GroupByKey()
            | "Join" >> beam.Map(lambda gathered, job: job.join(*gathered), self._job)
        )


class _Answer(beam.DoFn):
    def __init__(self, job):
        self._job, self._lines = job, Metrics.counter("seqtasks", "lines")

    def setup(self):
        self._model = model_at(self._job.model, self._job.job["model"])

    def process(self, share):
        for number, lines in self._job.answer(self._model, share):
            self._lines.inc(lines)
            yield share.name, (number, lines)


def runner_named(name):
    """Returns the name of a Beam runner, in place of DirectRunner that of the local one that downloads nothing.

    Raises UsageError if there is no such runner or it is not installed.
    """
    name = LOCAL if name.lower() in ("direct", "directrunner") else name
    try:
        create_runner(name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--beam-runner {name}: {error}") from None
    except ValueError:
        known = StandardOptions.KNOWN_RUNNER_NAMES
        raise UsageError(
            f"--beam-runner: Apache Beam has no runner '{name}'.{did_you_mean(name, known)} Known: {listing(known)}"
        ) from None
    return name


def options_of(flags, *, runner):
    """Returns the PipelineOptions of flags; raises UsageError for a wrong one, or one that a local runner has not."""
    printed = io.StringIO()
    try:
        with redirect_stderr(printed):
            options = PipelineOptions(list(flags))
            known = options.get_all_options().keys()
            unknown = sorted(options.get_all_options(retain_unknown_options=True).keys() - known)
    except SystemExit:
        raise UsageError(f"--beam-option: {printed.getvalue().strip().rpartition('error: ')[2]}") from None
    if unknown and runner == LOCAL:
        raise UsageError(f"--beam-option: {runner} has no option '{unknown[0]}'.{did_you_mean(unknown[0], known)}")
    return options


def run_folder_job(job, files, *, runner=LOCAL, options=None):
    """Runs a FolderJob to its end; returns its Summary. The same job goes on after any failure.

    Args:
        job, files: what FolderJob.of returns.
        runner: name of a runner, as `runner_named` returns it.
        options: PipelineOptions.
    """
    left = job.begin(files)
    if left:
        pipeline = beam.Pipeline(runner=runner, options=options)
        pipeline | beam.Create(list(left.items())) | AnswerFiles(job)
        try:
            pipeline.run().wait_until_finish()
        except Exception as error:
            # The local runner gives Ctrl-C inside a transform another type.
            if "KeyboardInterrupt" in str(error):
                raise KeyboardInterrupt from None
            raise
    return job.finish(files)
