"""Pictures of a model's work: attention tables, confusion matrices and training curves.

Importing this package is light: matplotlib is imported when a picture is drawn, and nothing here needs TensorFlow.
"""

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.pictures.attention.terminal import as_text
from seqtasks.pictures.charts.confusion import save_confusion
from seqtasks.pictures.charts.training_curve import save_training_curve

__all__ = ["AttentionTable", "as_text", "save_confusion", "save_training_curve"]
