"""Whether code comes back the same from the grammar: read as actions, written, and parsed again.

    python benchmarks/round_trips.py              # the statements of the standard library's modules
    python benchmarks/round_trips.py all.code     # the lines of a file, completed where they are parts of statements

Prints how many trees are the same, how many statements are refused, by what, and how many come back different, which
must be none. Nothing is run.
"""

import ast
import sys
from collections import Counter
from pathlib import Path

import click

from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.python import python
from seqtasks.grammar.reading import completed, parsed, read_tree


def trees(paths):
    """Yields the trees of lines of files, or without files of all statements of the standard library's modules."""
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            yield parsed(completed(line))
    for path in () if paths else sorted(Path(ast.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.stmt):
                yield ast.Module([node], [])


def main(paths):
    grammar, same, different, refused = python(), 0, 0, Counter()
    for tree in trees(paths):
        try:
            text = grammar.write(read_tree(tree, grammar))
        except CodeError as error:
            refused[str(error).partition(", line")[0].removeprefix("is not in the grammar: ")] += 1
            continue
        equal = ast.dump(ast.parse(text)) == ast.dump(tree)
        same, different = same + equal, different + (not equal)
    click.echo(f"same {same:,}, different {different:,}, refused {sum(refused.values()):,}")
    for why, count in refused.most_common(8):
        click.echo(f"  {count:>7,}  {why}")


if __name__ == "__main__":
    main(sys.argv[1:])
