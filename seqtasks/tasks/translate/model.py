"""The encoder-decoder of the translate task."""

from seqtasks.layers.embedding import embedding
from seqtasks.layers.noise import dropped, halved, words_dropped
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.layers.recurrent.writing import WritingModel
from seqtasks.text import PAD


class Translator(WritingModel):
    """RNNsearch of Bahdanau, Cho and Bengio (2015), and without attention the model of Sutskever et al. (2014).

    Source embeddings go through a recurrent encoder; the decoder reads it through attention. See
    WritingModel for its output.

    Masking: from the ids, true where they are not PAD. Padding reaches neither logits of real steps nor gradients.
    """

    def __init__(self, settings, *, source_size, target_size, joint=False, halves=None, portable=False):
        """Takes the section `model` of the settings and the sizes of both vocabularies, which may be one, `joint`.

        With one, both sides are embedded by one matrix; with settings.tied it is that of the output layer too, the
        three-way tying of Press and Wolf (2017), section 3.3.

        `halves` are those of source pieces, see `halved`, for a model with subword dropout.
        """
        super().__init__(name="translator")
        self.subword_dropout, self.halves = settings.subword_dropout, halves
        width, scale = settings.embedding, settings.embedding_scale
        if not joint:
            self.source_embedding = embedding(source_size, width, scale=scale, name="source_embedding")
        name = "embedding" if joint else "target_embedding"
        self.target_embedding = embedding(target_size, width, scale=scale, tied=settings.tied, name=name)
        if joint:
            self.source_embedding = self.target_embedding
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        attention = settings.attention == "bahdanau"
        self.make_decoder(settings, target_size, attention=attention, encoder_size=self.encoder.features)

        if not joint:
            self.source_embedding.build((None, None))
        self.target_embedding.build((None, None))
        self.encoder.build((None, None, settings.embedding))
        self.build_decoder(settings.embedding)
        self.built = True

    def encode(self, source, noise=None):
        """Encodes source ids (batch, steps) into the decoder's memory and first state."""
        source = halved(source, self.halves, self.subword_dropout, noise)
        embedded = words_dropped(self.source_embedding(source), self.word_dropout, noise)
        embedded = dropped(embedded, self.dropout, noise)
        outputs, mask, state = self.encoder(embedded, source != PAD, noise=noise)
        memory = self.decoder.memory(outputs, mask)
        return memory, self.decoder.start(state[-1], memory)
