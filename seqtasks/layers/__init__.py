"""Keras layers: masks, recurrent encoder, Bahdanau attention, cells, decoder, poolings, character features, CRF."""
