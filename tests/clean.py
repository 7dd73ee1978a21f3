"""A process that knows nothing of seqtasks and serves exported models, one after the other."""

import base64
import json
import subprocess
import sys

_SERVE = """
import base64, json, sys
import tensorflow as tf, tensorflow_text
for line in sys.stdin:
    folder, inputs, options, argument = json.loads(line)
    signatures = tf.saved_model.load(folder).signatures
    given = {argument: tf.constant([base64.b64decode(one) for one in inputs])}
    more = {"check": {}, "serving_default": {name: tf.constant(*value) for name, value in options.items()}}
    found = {name: {k: v.numpy().tolist() for k, v in signatures[name](**given, **more[name]).items()} for name in more}
    print(json.dumps(found, default=bytes.decode), flush=True)
"""


class CleanProcess:
    """Loads what TensorFlow alone can load; nothing of this project is imported there."""

    def __init__(self):
        command = [sys.executable, "-I", "-c", _SERVE]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, folder, inputs, options, argument):
        """Returns {signature: {output: nested lists}} of texts or images for check and serving_default."""
        coded = [base64.b64encode(one if isinstance(one, bytes) else one.encode()).decode() for one in inputs]
        print(json.dumps([str(folder), coded, options, argument]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.communicate(timeout=60)
