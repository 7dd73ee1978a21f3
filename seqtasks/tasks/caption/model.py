"""The captioner: a convolutional network that reads an image, and a decoder that writes."""

import tensorflow as tf

from seqtasks.layers.embedding import embedding
from seqtasks.layers.noise import dropped
from seqtasks.layers.recurrent.writing import WritingModel
from seqtasks.layers.vision.augmentation import Augmentation
from seqtasks.layers.vision.encoder import ImageEncoder, PretrainedEncoder
from seqtasks.layers.vision.recall import Recall
from seqtasks.layers.vision.word_detector import WordDetector


class Captioner(WritingModel):
    """Show, Attend and Tell (Xu et al., 2015), or with `image="first_step"` its simpler forerunners.

    With attention, the first state is tanh(W mean_i a_i + b) of the cells a_i (their section 3.1.2; here one layer),
    and each step attends to the cells. With first_step, the state starts from zero and the image enters once, through a
    matrix of its own: h_1 = f(W_xh x_START + W_ih v), v the standardized maximum and mean of the cells (Karpathy and
    Fei-Fei, 2015, equation 13; Vinyals et al., 2015), or with `recall` the vector of Recall.

    Masking: all cells of an image are real; of captions see WritingModel.
    """

    def __init__(self, settings, *, size, vocabulary, recalled=None, augment=0.0, flip=False):
        """Takes the section `model` of the settings, the size of images in pixels, and that of the vocabulary.

        `recalled` is the number of training images, if they are recalled; `augment` and `flip` are of Augmentation.
        """
        super().__init__(name="captioner")
        self.augmentation = Augmentation(strength=augment, flip=flip) if augment or flip else None
        self.is_pretrained = settings.cnn != "small"
        encoder = PretrainedEncoder if self.is_pretrained else ImageEncoder
        self.encoder = encoder(None if settings.recall else settings.channels, size, name="image")
        self.recall = None
        if settings.recall:
            self.recall = Recall(
                recalled, self.encoder.cells**2 * self.encoder.features, settings.channels, name="recall"
            )
        self.target_embedding = embedding(
            vocabulary,
            settings.embedding,
            scale=settings.embedding_scale,
            tied=settings.tied,
            name="target_embedding",
        )
        self.attends = settings.image == "attention"
        whole = settings.channels if settings.recall else 2 * self.encoder.features
        self.make_decoder(
            settings,
            vocabulary,
            attention=self.attends,
            coverage=settings.coverage,
            encoder_size=self.encoder.features if self.attends else whole,
            starts="state" if self.attends else "input",
        )
        self.detector = None
        if settings.word_detector:
            self.detector = WordDetector(vocabulary, self.encoder.cells**2, name="word_detector")
        self.encoder.build()
        self.target_embedding.build((None, None))
        self.build_decoder(settings.embedding)
        if self.detector:
            self.detector.build((None, None, self.encoder.features))
        if self.recall:
            self.recall.build()
        self.built = True

    def encode(self, source, noise=None):
        """Encodes images (batch, size, size, 3), uint8, into the decoder's memory and first state."""
        return self.start(dropped(self.cells(source, noise=noise), self.dropout, noise))

    def cross_entropy(self, source, target, *, smoothing=0.0, noise=None):
        """As of WritingModel, and with a word detector its cross entropy too, summed over images."""
        cells = self.cells(source, noise=noise)
        read = self.start(dropped(cells, self.dropout, noise))
        hidden, wanted = self.features(*read, target, noise=noise)
        losses = self.output_projection.cross_entropy(hidden, wanted, smoothing=smoothing)
        total, count = tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype)
        return (total + self.detector.cross_entropy(cells, target) if self.detector else total), count

    def cells(self, source, noise=None):
        """Returns the cells (batch, cells, features) of images (batch, size, size, 3), uint8.

        With a pretrained network what `frozen` found in them may be given instead.
        """
        if self.is_pretrained:
            found = self.frozen(source) if source.dtype == tf.uint8 else source
            return self.encoder(tf.cast(found, self.compute_dtype))
        images = _scaled(source, self.compute_dtype)
        if noise and self.augmentation:
            images = self.augmentation(images, noise=noise)
        return self.encoder(images)

    def frozen(self, images):
        """Returns what a pretrained network, which is not trained, finds in images (batch, size, size, 3), uint8."""
        return self.encoder.frozen(_scaled(images, self.compute_dtype))

    def start(self, cells):
        """Returns the decoder's memory and first state from the cells of images (batch, cells, features)."""
        memory = self.decoder.memory(cells, tf.ones(tf.shape(cells)[:2], tf.bool))
        if self.recall:
            return memory, self.decoder.start_with(self.recall(tf.reshape(cells, [-1, self.recall.features])))
        mean = tf.reduce_mean(cells, axis=1)
        if self.attends:
            return memory, self.decoder.start([mean] * self.decoder.cell.states, memory)
        # Standardized, since what all features have in common would drive the gates to their limits.
        whole = tf.concat([tf.reduce_max(cells, axis=1), mean], axis=1)
        middle, variance = tf.nn.moments(whole, axes=[1], keepdims=True)
        return memory, self.decoder.start_with((whole - middle) * tf.math.rsqrt(variance + 1e-3))


def _scaled(images, dtype):
    """Returns images as numbers from -1 to 1."""
    return tf.cast(images, dtype) / 127.5 - 1
