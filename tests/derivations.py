"""Random derivations of a grammar."""

TOKENS = {
    "ID": ["a", "b_c", "é", "print", "match", "type"],
    "NUM": ["0", "1.5", "2j", "1e309"],
    "STR": ["''", "'x'", "b'y'", "'it\\'s\\n'"],
}


def drawn(grammar, choose, budget, tokens=TOKENS):
    """Returns the actions of a program of at most `budget` actions; `choose` takes one of a list.

    `tokens` are those to choose from, by action.
    """
    actions, stack = [], [grammar.root]
    while stack:
        slot = stack.pop()
        left = budget - len(actions) - sum(grammar.cheapest[other] for other in stack)
        of_slot = grammar.productions[slot]
        action = choose([a for a, p in of_slot.items() if 1 + sum(map(grammar.cheapest.get, p.slots)) <= left])
        actions.append((action, choose(tokens[action]) if action in tokens else ""))
        stack += reversed(of_slot[action].slots)
    return actions
