"""Recurrent sequence models in TensorFlow: classification, labeling, translation with attention, language models.

    run = seqtasks.train("translate", overrides=["training.epochs=1"])
    run = seqtasks.load("runs/translate")
    run.predict(["¿Dónde está la biblioteca?"])
    run.explain("¿Dónde está la biblioteca?").save("attention.png")
    run.evaluate().scores
    run.export()

Importing seqtasks is light: TensorFlow is loaded when a model is first used.
"""

from seqtasks.api import Exported, Run, compare, ensemble, gradients, load, train
from seqtasks.version import __version__

__all__ = ["Exported", "Run", "__version__", "compare", "ensemble", "gradients", "load", "train"]
