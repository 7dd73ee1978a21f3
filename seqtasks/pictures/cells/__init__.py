"""A page that shows the activation of single units at each piece of a text."""
