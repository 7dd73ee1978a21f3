"""Trees of Python to actions: all fields that are known, and the expressions."""

import ast

from seqtasks.grammar.building import END

# The fields of a class in the order of their text. A list ends with END, and so does what is optional and not there.
_IN_ORDER = {
    "IfExp": ("body", "test", "orelse"),
    "Attribute": ("value", "attr"),
    "Tuple": ("elts",),
    "List": ("elts",),
    "Set": ("elts",),
    "Starred": ("value",),
    "ListComp": ("elt", "generators"),
    "SetComp": ("elt", "generators"),
    "GeneratorExp": ("elt", "generators"),
    "DictComp": ("key", "value", "generators"),
    "Yield": ("value",),
    "YieldFrom": ("value",),
    "Await": ("value",),
    "Slice": ("lower", "upper", "step"),
    "Pass": (),
    "Break": (),
    "Continue": (),
    "Expr": ("value",),
    "Return": ("value",),
    "Delete": ("targets",),
    "Assert": ("test", "msg"),
    "Global": ("names",),
    "Nonlocal": ("names",),
}
# Those that need a method, and the fields that it reads.
_BY_METHOD = {
    "Name": ("id",),
    "Constant": ("value", "kind"),
    "BinOp": ("left", "op", "right"),
    "UnaryOp": ("op", "operand"),
    "BoolOp": ("op", "values"),
    "Compare": ("left", "ops", "comparators"),
    "Lambda": ("args", "body"),
    "arguments": ("posonlyargs", "args", "vararg", "kwonlyargs", "kw_defaults", "kwarg", "defaults"),
    "arg": ("arg", "annotation"),
    "Call": ("func", "args", "keywords"),
    "keyword": ("arg", "value"),
    "Subscript": ("value", "slice"),
    "Dict": ("keys", "values"),
    "comprehension": ("target", "iter", "ifs", "is_async"),
    "NamedExpr": ("target", "value"),
    "Assign": ("targets", "value"),
    "AugAssign": ("target", "op", "value"),
    "AnnAssign": ("target", "annotation", "value", "simple"),
    "Raise": ("exc", "cause"),
    "Import": ("names",),
    "ImportFrom": ("module", "names", "level"),
    "For": ("target", "iter", "body", "orelse"),
    "AsyncFor": ("target", "iter", "body", "orelse"),
    "While": ("test", "body", "orelse"),
    "If": ("test", "body", "orelse"),
    "With": ("items", "body"),
    "AsyncWith": ("items", "body"),
    "withitem": ("context_expr", "optional_vars"),
    "Try": ("body", "handlers", "orelse", "finalbody"),
    "ExceptHandler": ("type", "name", "body"),
    "FunctionDef": ("name", "args", "body", "decorator_list", "returns"),
    "AsyncFunctionDef": ("name", "args", "body", "decorator_list", "returns"),
    "ClassDef": ("name", "bases", "keywords", "body", "decorator_list"),
}
KNOWN = {**_IN_ORDER, **_BY_METHOD}
# Where a thing is used follows from its place.
_FOLLOWS = ("ctx",)


class CodeError(ValueError):
    """Code that does not parse or is not in the grammar; the message goes on after "the code" and has the line."""


def literal(value: str | bytes) -> str:
    """Returns a string or bytes as a literal in single quotes that holds printable characters alone."""
    prefix, value = ("b", value.decode("latin-1")) if isinstance(value, bytes) else ("", value)
    return prefix + "'" + "".join(_escaped(c, ascii_only=bool(prefix)) for c in value) + "'"


def _escaped(character, *, ascii_only):
    plain = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    if plain:
        return plain
    if character.isprintable() and not (ascii_only and character > "~"):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


class ExpressionReader:
    """Actions as they are read, and the line of each."""

    def __init__(self):
        self.actions, self.lines, self._line = [], [], 1

    def do(self, action, token=""):
        self.actions.append((action, token))
        self.lines.append(self._line)

    def put(self, value):
        """Reads a value of a field by its type."""
        if value is None:
            self.do(END)
        elif isinstance(value, str):
            self.do("ID", value)
        elif isinstance(value, list):
            self.each(value)
            self.do(END)
        else:
            self.node(value)

    def each(self, values):
        for value in values:
            self.put(value)

    def node(self, node):
        name = type(node).__name__
        self._line = getattr(node, "lineno", self._line)
        if name not in KNOWN:
            raise CodeError(f"is not in the grammar: {name}, line {self._line}")
        for field, value in ast.iter_fields(node):
            if field not in (*KNOWN[name], *_FOLLOWS) and value not in (None, []):
                raise CodeError(f"is not in the grammar: {name} with {field}, line {self._line}")
        if name in _BY_METHOD:
            getattr(self, f"_{name.lower()}")(node)
        else:
            self.do(name)
            for field in _IN_ORDER[name]:
                self.put(getattr(node, field))

    def _name(self, node):
        self.do("ID", node.id)

    def _constant(self, node):
        value = node.value
        if value is None or value is ... or isinstance(value, bool):
            self.do("..." if value is ... else repr(value))
        elif isinstance(value, str | bytes):
            self.do("STR", (node.kind or "") + literal(value))
        else:
            # What is too large for a float is read as infinite.
            self.do("NUM", repr(value).replace("inf", "1e309"))

    def _binop(self, node):
        self.do(type(node.op).__name__)
        self.each([node.left, node.right])

    def _unaryop(self, node):
        self.do(type(node.op).__name__)
        self.put(node.operand)

    def _boolop(self, node):
        self.do(type(node.op).__name__)
        self.put(node.values)

    def _compare(self, node):
        names = [type(op).__name__ for op in node.ops]
        if len(names) == 1:
            self.do(*names)
            self.each([node.left, *node.comparators])
            return
        self.do("Chain")
        self.put(node.left)
        for name, right in zip(names, node.comparators, strict=True):
            self.do(name)
            self.put(right)
        self.do(END)

    def _lambda(self, node):
        self.do("Lambda")
        self.put(node.args)
        self.put(node.body)

    def _arguments(self, node):
        plain = [*node.posonlyargs, *node.args]
        without = len(plain) - len(node.defaults)
        for number, (one, default) in enumerate(zip(plain, [None] * without + node.defaults, strict=True), start=1):
            self._parameter(one, default)
            if number == len(node.posonlyargs):
                self.do("/")
        if node.vararg:
            self._parameter(node.vararg, kind="vararg")
        elif node.kwonlyargs:
            self.do("*")
        for one, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
            self._parameter(one, default)
        if node.kwarg:
            self._parameter(node.kwarg, kind="kwarg")
        else:
            self.do(END)

    def _parameter(self, one, default=None, *, kind=""):
        kind = "default" if default is not None else kind
        if mark := " ".join(filter(None, ["annotated" * (one.annotation is not None), kind])):
            self.do(mark)
        self.put(one)
        if default is not None:
            self.put(default)

    def _arg(self, node):
        self.do("ID", node.arg)
        if node.annotation is not None:
            self.put(node.annotation)

    def _call(self, node):
        self.do("Call")
        self.put(node.func)
        self.each(node.args)
        self.put(node.keywords)

    def _keyword(self, node):
        if node.arg is None:
            self.do("**")
        else:
            self.do("keyword")
            self.do("ID", node.arg)
        self.put(node.value)

    def _subscript(self, node):
        self.do("Subscript")
        self.put(node.value)
        index = node.slice
        if isinstance(index, ast.Tuple) and any(isinstance(one, ast.Slice) for one in index.elts):
            self.do("indices")
            self.put(index.elts)
        else:
            self.put(index)

    def _dict(self, node):
        self.do("Dict")
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.do("**")
            else:
                self.put(key)
            self.put(value)
        self.do(END)

    def _comprehension(self, node):
        self.do("async for" if node.is_async else "for")
        self.each([node.target, node.iter])
        for condition in node.ifs:
            self.do("if")
            self.put(condition)
        self.do(END)

    def _namedexpr(self, node):
        self.do("NamedExpr")
        self.each([node.target, node.value])
