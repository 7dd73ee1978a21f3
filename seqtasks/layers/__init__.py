"""Keras layers: masks, recurrent encoder, Bahdanau attention, cells and the attention decoder."""
