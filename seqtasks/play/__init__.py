"""A page in the browser, served on this machine alone, in which one types and sees what models answer."""
