"""What single cells say at each character of a text, as a page."""
