"""Code: a recurrent network reads a sentence, a decoder writes a program along a grammar, so that it always parses."""
