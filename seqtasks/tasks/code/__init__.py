"""Code: a recurrent network reads a sentence, a decoder writes a program along a grammar, so that it always parses.

Not for running unread. A program that parses may still do something else than its sentence says, or do harm.
"""
