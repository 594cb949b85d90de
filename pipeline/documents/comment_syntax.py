"""How comments are written in the languages that take-homes come in."""

from pathlib import PurePosixPath
from typing import NamedTuple


class CommentSyntax(NamedTuple):
    """Markers of line comments, pairs of block comments, and quotes of strings that hide markers."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    strings: tuple[str, ...] = ('"', "'")
    docstrings: bool = False
    nested: bool = False


_C = CommentSyntax(line=("//",), block=(("/*", "*/"),))
_C_TEMPLATE = CommentSyntax(line=("//",), block=(("/*", "*/"),), strings=('"', "'", "`"))
_RUST = CommentSyntax(line=("//",), block=(("/*", "*/"),), strings=('"',), nested=True)
_TRIPLE = CommentSyntax(line=("//",), block=(("/*", "*/"),), strings=('"""', '"', "'"))
_HASH = CommentSyntax(line=("#",))
_PYTHON = CommentSyntax(line=("#",), strings=('"""', "'''", '"', "'"), docstrings=True)
_RUBY = CommentSyntax(line=("#",), block=(("=begin", "=end"),))
_SQL = CommentSyntax(line=("--",), block=(("/*", "*/"),), strings=("'", '"'))
_LUA = CommentSyntax(line=("--",), block=(("--[[", "]]"),))
_HASKELL = CommentSyntax(line=("--",), block=(("{-", "-}"),), strings=('"',), nested=True)
_ML = CommentSyntax(block=(("(*", "*)"),), strings=('"',), nested=True)
_FSHARP = CommentSyntax(line=("//",), block=(("(*", "*)"),), strings=('"""', '"'))
_LISP = CommentSyntax(line=(";",), block=(("#|", "|#"),), strings=('"',))
_PERCENT = CommentSyntax(line=("%",), strings=('"',))
_PHP = CommentSyntax(line=("//", "#"), block=(("/*", "*/"),))
_MARKUP = CommentSyntax(block=(("<!--", "-->"),), strings=())
_COMPONENT = CommentSyntax(line=("//",), block=(("<!--", "-->"), ("/*", "*/")), strings=())
_CSS = CommentSyntax(block=(("/*", "*/"),))
_HCL = CommentSyntax(line=("#", "//"), block=(("/*", "*/"),), strings=('"',))
_POWERSHELL = CommentSyntax(line=("#",), block=(("<#", "#>"),))
_ELIXIR = CommentSyntax(line=("#",), strings=('"""', '"', "'"))
_JULIA = CommentSyntax(line=("#",), block=(("#=", "=#"),), strings=('"""', '"'))
_BATCH = CommentSyntax(line=("REM ", "rem ", "::"), strings=())
_INI = CommentSyntax(line=("#", ";"), strings=())
_BASIC = CommentSyntax(line=("'",), strings=('"',))
_FORTRAN = CommentSyntax(line=("!",))
_NONE = CommentSyntax()

_BY_SUFFIX = {
    suffix: syntax
    for suffixes, syntax in (
        (
            ".c .h .cc .cpp .cxx .hh .hpp .ino .m .mm .cs .java .dart .proto .thrift .sol .groovy .gradle .v .sv .zig",
            _C,
        ),
        (".js .jsx .mjs .cjs .ts .tsx .mts .cts .go", _C_TEMPLATE),
        (".rs", _RUST),
        (".kt .kts .scala .swift", _TRIPLE),
        (".py .pyi .pyx .pyw .bzl .star", _PYTHON),
        (".rb .rake .gemspec", _RUBY),
        (".sh .bash .zsh .fish .yaml .yml .toml .r .pl .pm .tcl .awk .mk .cmake .nix .graphql .gql .env .conf", _HASH),
        (".sql .psql .ddl .ada .adb .ads .vhd .vhdl", _SQL),
        (".lua", _LUA),
        (".hs .elm .purs", _HASKELL),
        (".ml .mli", _ML),
        (".fs .fsx .fsi", _FSHARP),
        (".clj .cljs .cljc .edn .lisp .cl .el .scm .rkt .asm .s", _LISP),
        (".erl .hrl .tex .sty", _PERCENT),
        (".php", _PHP),
        (".xml .xsd .xsl .xaml .svg .csproj .fsproj .vbproj .props .jsp .erb .ejs .hbs .jinja .j2 .tmpl", _MARKUP),
        (".vue .svelte .astro", _COMPONENT),
        (".css", _CSS),
        (".scss .sass .less .styl", _C),
        (".tf .tfvars .hcl", _HCL),
        (".ps1 .psm1", _POWERSHELL),
        (".ex .exs .cr", _ELIXIR),
        (".jl", _JULIA),
        (".bat .cmd", _BATCH),
        (".ini .cfg .properties .service .editorconfig", _INI),
        (".vb .bas .vbs", _BASIC),
        (".f .f90 .f95 .for", _FORTRAN),
        (".json .jsonl .csv .tsv .lock .http .feature .diff .patch", _NONE),
    )
    for suffix in suffixes.split()
}
_BY_NAME = {
    "dockerfile": _HASH,
    "containerfile": _HASH,
    "makefile": _HASH,
    "gnumakefile": _HASH,
    "justfile": _HASH,
    "procfile": _HASH,
    "rakefile": _RUBY,
    "gemfile": _RUBY,
    "vagrantfile": _RUBY,
    "jenkinsfile": _C,
    "build": _PYTHON,
    "workspace": _PYTHON,
    "tiltfile": _PYTHON,
    "cmakelists.txt": _HASH,
    "requirements.txt": _HASH,
    "go.mod": _C,
    "go.sum": _NONE,
    ".env.example": _HASH,
    ".gitignore": _HASH,
    ".dockerignore": _HASH,
    ".gitattributes": _HASH,
    ".editorconfig": _INI,
}


def comment_syntax(name: str) -> CommentSyntax:
    """Return the comment syntax for a file name; without any markers when it is not known."""
    path = PurePosixPath(name.lower())
    if path.name in _BY_NAME:
        return _BY_NAME[path.name]
    if path.name.startswith(("dockerfile.", "makefile.")):
        return _HASH
    return _BY_SUFFIX.get(path.suffix, _NONE)


def is_code_name(name: str) -> bool:
    """True if the file name is that of source code or configuration."""
    path = PurePosixPath(name.lower())
    return path.name in _BY_NAME or path.name.startswith(("dockerfile.", "makefile.")) or path.suffix in _BY_SUFFIX
