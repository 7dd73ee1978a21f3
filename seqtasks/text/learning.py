"""Learns pieces with SentencePiece (Kudo and Richardson, 2018), a package that is not needed to use them."""

import io
import struct
import tempfile

import numpy as np

from seqtasks.text import BOS, END, EOS, PAD, UNK

# Maximum number of characters of a line that SentencePiece is given; it counts bytes.
_LONGEST = 1 << 18
_KINDS = {"subwords": "unigram", "words": "word", "characters": "char"}
# Field numbers in a serialized model: the settings of its normalizer, and in them the name of the file of rules.
_RULES_FILE = (3, 6)
_VARINT, _BYTES = 0, 2
# Number of the field of the pieces, and a score for one of words, where it decides nothing.
_PIECES, _SCORE = 1, struct.pack("<f", -20.0)
_FIXED = {1: 8, 5: 4}


def learn_pieces(lines, *, kind, size):
    """Returns the serialized model, bytes, of the pieces of normalized lines.

    Args:
        lines: list of str.
        kind: "subwords", "words" or "characters".
        size: maximum number of pieces, marks included.

    Raises RuntimeError, from SentencePiece, if no such pieces can be learned.
    """
    # Imported here, as only learning needs it. Its messages module is never imported, as it requires one protobuf.
    import sentencepiece

    model = io.BytesIO()
    lines = [part for line in lines for part in _short(line)]
    if kind == "words":
        # A model with a piece of more than about 5,000 bytes cannot be loaded, so such a word stays unknown.
        lines = [" ".join(word for word in line.split() if len(word) <= 1000) for line in lines]
        size = min(size, len({word for line in lines for word in line.split()}) + 4)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        # Lines are already normalised; this one rule never applies, but without any the operation logs a line.
        rules.write("2581\t20\n")
        rules.flush()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            model_type=_KINDS[kind],
            vocab_size=size,
            hard_vocab_limit=kind == "words",
            character_coverage=0.9999 if kind == "subwords" else 1.0,
            normalization_rule_tsv=rules.name,
            add_dummy_prefix=kind != "characters",
            pad_id=PAD,
            unk_id=UNK,
            bos_id=BOS,
            eos_id=EOS,
            eos_piece=END,
            unk_surface="\N{REPLACEMENT CHARACTER}",
            max_sentence_length=4 * _LONGEST,
            num_threads=2,
            minloglevel=2,
        )
    # Without the name of the temporary file, which would change the fingerprint each time.
    return without_field(model.getvalue(), _RULES_FILE)


def with_pieces(model, pieces):
    """Returns the serialized model of words with more pieces, list of str, behind its own."""
    found = bytearray(model)
    for piece in pieces:
        content = piece.encode()
        message = _varint(1 << 3 | _BYTES) + _varint(len(content)) + content + _varint(2 << 3 | 5) + _SCORE
        found += _varint(_PIECES << 3 | _BYTES) + _varint(len(message)) + message
    return bytes(found)


def halves_of(model):
    """Returns what each piece of a serialized model of subwords falls into, (size, 2) int32: the likeliest two pieces.

    A piece that is not two others, such as a character, has itself and PAD.
    """
    messages = [model[content:end] for field, _, content, end in _fields(model) if field == _PIECES]
    parts = [{field: message[start:end] for field, _, start, end in _fields(message)} for message in messages]
    pieces = {part[1].decode(): number for number, part in enumerate(parts) if number > EOS}
    scores = [struct.unpack("<f", part[2])[0] for part in parts]
    found = np.array([(number, PAD) for number in range(len(parts))], np.int32)
    for piece, number in pieces.items():
        pairs = [(pieces.get(piece[:i]), pieces.get(piece[i:])) for i in range(1, len(piece))]
        pairs = [pair for pair in pairs if None not in pair]
        if pairs:
            found[number] = max(pairs, key=lambda pair: scores[pair[0]] + scores[pair[1]])
    return found


def without_field(message, path):
    """Returns a serialized protocol buffer without one of its fields.

    Args:
        message: bytes, in the wire format of protocol buffers.
        path: the number of the field, preceded by those of the messages that contain it.
    """
    number, *inner = path
    found = b""
    for field, start, content, end in _fields(message):
        if field != number:
            found += message[start:end]
        elif inner:
            part = without_field(message[content:end], inner)
            found += _varint(field << 3 | _BYTES) + _varint(len(part)) + part
    return found


def _fields(message):
    """Yields (number, start, start of the content, end) of each field of a message."""
    place = 0
    while place < len(message):
        start = place
        tag, place = _read_varint(message, place)
        content, kind = place, tag & 7
        if kind == _VARINT:
            _, place = _read_varint(message, place)
        elif kind == _BYTES:
            size, content = _read_varint(message, place)
            place = content + size
        else:
            place += _FIXED[kind]
        yield tag >> 3, start, content, place


def _read_varint(message, place):
    value = shift = 0
    while True:
        byte = message[place]
        value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
        if byte < 128:
            return value, place


def _varint(value):
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _short(line):
    """Yields a line in parts short enough for SentencePiece, cut at blanks if there are any."""
    while len(line) > _LONGEST:
        end = line.rfind(" ", 1, _LONGEST)
        end = end if end > 0 else _LONGEST
        yield line[:end]
        line = line[end:].lstrip(" ")
    yield line
