"""Whether a text holds code, or is about writing it: by what code looks like, and by how people talk about it.

Case counts: ``SELECT a FROM b`` is code and "humans select organisms from" is not. A word that has another meaning
(Java, Python, class, function, script) says nothing by itself. Data (JSON, YAML, a table) and formulas are not code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _any(*ways: str) -> str:
    return "|".join(f"(?:{way})" for way in ways)


_TAG = r"(?:html|head|body|div|span|table|t[rdh]|thead|tbody|ul|ol|li|script|style|form|button|nav|h[1-6]|footer|title)"
_NOUN = (
    r"(?:scripts?|programs?|code|coding|functions?|class(?:es)?|librar(?:y|ies)|modules?|packages?|developers?|snippets?"
    r"|syntax|interpreter|programming|programmers?|applications?|apps?)"
)
_WRITE = (
    r"(?:write|create|generate|build|implement|develop|design|make|construct|compose|define|modify|edit|fix|debug"
    r"|refactor|rewrite|produce|provide|output|add|come up with|compile|give me|show me)"
)
_DATA = (
    r"(?:string|integers?|numbers?|arrays?|lists?|digits?|files?|fibonacci|factorials?|primes?|palindromes?|parameters?"
    r"|arguments?|inputs?|vowels|characters|matri(?:x|ces)|dictionar(?:y|ies)|elements?|linked|binary|recursi\w+|csv|json)"
)
_TYPE = r"(?:int|long|float|double|bool|boolean|char|String)"
_FILES = r"(?:files?|folders?|director(?:y|ies)|csv|json|users|logs?|e-?mails?|backups?|api|data|automatically|task)"

CODE: Mapping[str, str] = {
    "function": _any(
        r"^[ \t]*(?:async )?def \w+ ?\(.*\).*:",
        r"\bfunction ?\w* ?\([\w$, ]*\)\s*\{",
        r"=> ?\{",
        r"\([\w, ]*\) ?=> ",
        r"\blambda \w+(?:, ?\w+)* ?:",
        rf"^[ \t]*(?:\w+ )?(?:void|string|{_TYPE}) \w+ ?\([\w\[\], &*]*\)\s*\{{?[ \t]*$",
    ),
    "class": _any(
        r"^[ \t]*(?:(?:public|private|abstract|final) )*class [A-Z]\w*(?: ?\([\w., ]*\))?"
        r"(?: (?:extends|implements) \w+)* ?[:{]",
        rf"\b(?:public|private|protected) (?:static |final )*(?:(?:void|{_TYPE}) \w+ ?[(=;]|class [A-Z])",
    ),
    "import": _any(
        r"^[ \t]*import [\w.*{}, ]+;",
        r"^[ \t]*import [a-z_][\w.]*(?: as \w+)?(?:, ?[a-z_]\w*)*[ \t]*$",
        r"^[ \t]*(?:from [\w.]+ )import [\w*(]",
        r"\bimport .{1,80} from ['\"]",
        r"^[ \t]*using (?:namespace )?[\w:.]+;",
        r"\brequire ?\(['\"]",
        r"#include ?[<\"]",
    ),
    "statement": _any(
        r"\bfor \w+(?:, ?\w+)* in (?:range|enumerate|zip|len|reversed|sorted) ?\(",
        r"\bfor ?\([^()\n]*;[^;\n]*;.*\)",
        r"\b(?:if|while|switch) ?\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\) ?\{",
        r"^[ \t]*(?:if|elif|while) .{1,80}(?:[=<>!]=|[<>%]| in ).{0,80}:[ \t]*$",
        r"^[ \t]*return (?:[\w.]+(?:\(|\[| ?[-+*/%] ?\w)|-?\w+;|True$|False$|None$|\[|\{)",
        r"^[ \t]*(?:let|const|var) \w+ ?=[^=]",
        rf"^[ \t]*(?:auto|{_TYPE})(?:\[\])? \w+(?:\[\w*\])* ?(?:=[^=]|;)",
        r"^[ \t]*(?:try|else|finally) ?:[ \t]*$",
        r"^[ \t]*except(?: \w+)?(?: as \w+)?:[ \t]*$",
    ),
    "call": _any(
        r"\b(?:print|println|printf|puts|len|input|scanf|range) ?\((?:['\"f]|\w+(?:[.\[(,)]| ?[-+*/%]))",
        r"\b(?:console\.\w+|System\.(?:out|in|exit)|document\.\w+|Math\.\w+|np\.\w+|pd\.\w+|plt\.\w+) ?\(",
        r"\bSystem\.(?:out|in)\b|\bstd::\w|\bcout ?<<",
        r"^[ \t]*\w+(?:\.\w+)+\(.*\);?[ \t]*$",
        r"^[ \t]*[A-Za-z_]\w* ?= ?[A-Za-z_]\w+(?:\.\w+)*\(.*\);?[ \t]*$",
    ),
    "sql": _any(
        r"\bSELECT\b[\s\S]{1,400}?\bFROM [\w\"`\[]",
        r"\b(?:INSERT INTO|DELETE FROM|ALTER TABLE|DROP TABLE|INNER JOIN|LEFT JOIN|GROUP BY|ORDER BY) \w",
        r"\bUPDATE \w+\s+SET \w|\bCREATE (?:TABLE|INDEX|VIEW|DATABASE) \w",
        r"\bselect \*\s+from \w|\bselect [\w., ()*]+\s+from \w+[^.\n]{0,200};",
        r"\bdb\.\w+\.(?:find|insert|update|aggregate)\w*\(",
    ),
    "markup": _any(
        r"<!DOCTYPE|<\?(?:php|xml)\b",
        rf"</{_TAG}>|<{_TAG}(?: [\w-]+ ?=[^>]*)?/?>",
        r"<\w+ (?:class|href|id|src|style|name|type|alt) ?=",
    ),
    "style": r"(?:^|\s)[.#@*]?[\w-]*(?:[ ,>:]+[.#]?[\w-]+)* ?\{\s*[a-z][a-z-]+ ?: ?[^;{}\n]+;",
    "shell": _any(
        r"^#!/",
        r"^[ \t]*(?:\$ ?|>>> |C:\\>)[a-z]\w+",
        r"\bsudo \w|\bapt(?:-get)? install\b|\bpip3? install\b|\bnpm (?:install|run|init|start)\b|\bnpx \w",
        r"\bgit (?:clone|commit|push|pull|checkout|add|init|status|rebase|merge|branch|log|stash)\b",
        r"\bdocker (?:run|build|compose|pull)\b|\bkubectl \w|\bchmod [+0-7a-z]",
        r"\b(?:grep|awk|sed|curl|ls|mkdir|rm|tar|find) -\w",
        r"\b(?:ls|cat|grep|find|ps|sort|echo) [^|\n]{0,60}\| ?(?:grep|wc|sort|head|tail|awk|sed|uniq|xargs)\b",
    ),
}
"""What code looks like; ``^`` and ``$`` at every line. One place is enough."""

TALK: Mapping[str, str] = {
    "talk of a language": _any(
        r"\b(?:Java[Ss]cript|TypeScript|Node\.?js|jQuery|PHP|MySQL|PostgreSQL|SQLite|NoSQL|MongoDB|SQL|HTML5?|CSS3?)\b",
        r"\b(?:SCSS|Kotlin|MATLAB|Matlab|NumPy|[Nn]umpy|PyTorch|TensorFlow|Fortran|COBOL|GraphQL|VBA)\b",
        r"\b(?:C\+\+|C# (?=code|class|program|function|method|application)|ASP\.NET)",
        r"\b(?:Vue|React|Next|Express|Angular)(?:\.js|JS)\b|\b[Pp]andas [Dd]ata ?[Ff]rame",
        r"\b(?i:javascript|typescript|regex(?:es|p)?|regular expressions?|mysql|html|php)\b",
        r"\b(?i:github|pseudo-?code|stack overflow)\b",
        rf"\b(?i:python3?|java|sql|css|ruby|rust|bash|perl|scala|c|golang|flask|django|haskell|react) {_NOUN}\b",
        r"\b(?i:python3?|java|sql|css) (?i:quer(?:y|ies)|statements?|lists?|dictionar(?:y|ies)|strings?|loops?|methods?"
        r"|stylesheets?|tuples?|objects?|arrays?|decorators?|frameworks?|commands?|rules?|selectors?|tables?|databases?)\b",
        r"\b[Ii]n (?:Python|python|Java|Ruby|Rust|Go|Swift|Perl|Bash|R|C|Scala|Lua|Haskell)"
        r"(?= *(?:[.,:;!?)\"'`\n]|$|(?:that|to|which|for|using|and|code|program|script|3)\b))",
        r"\b(?:[Uu]sing|[Ii]nstall|[Cc]all|[Rr]un|[Uu]se) (?:the )?(?:Python|python)\b",
        r"\bPython (?:and|or|vs\.?|versus) (?:Java|R|Ruby|C|Go|SQL)\b",
        r"\bJava (?:and|or|vs\.?|versus) (?:Python|C|Kotlin)\b",
    ),
    "talk of programming": r"\b(?i:"
    + _any(
        r"(?:computer )?programming (?:languages?|concepts?|tasks?|problems?|paradigms?|exercises?|skills?)",
        r"object-oriented|functional programming|(?:front-?end|back-?end|full-?stack) (?:code|framework|stack)",
        r"(?:source|sample|machine|legacy|piece of|lines? of|block of) code|codebase",
        r"code (?:snippet|block|base|review)s?|(?:debug|refactor)(?:ging)? (?:this|the|my|your|an?)",
        r"(?:this|the|my|following|given) code"
        r"(?= (?:and|to|so|into|using|that|in|for|below|by|has|does|is|will|would)\b|[.:,?]|$)",
        r"(?:for|while|nested)[- ]loops?|linked lists?|binary search(?: trees?)?|hash ?(?:maps?|tables?)|data ?frames?",
        r"time complexity|big[- ]o notation|recursive function|sorting algorithms?|unit tests?|stack ?traces?|compiler",
        r"(?:compile|runtime|syntax) errors?|null pointer|segmentation fault|(?:rest(?:ful)?|web) apis?",
        r"api (?:endpoint|call|request|key)s?|json (?:object|file|response|string|schema)s?|data structures?",
        r"arrays? of (?:integers|strings|numbers)|2d arrays?|integer arrays?|boolean (?:value|variable)s?",
        r"foreign key|primary key|database (?:schema|query|table)s?|command[- ]line|version control|pull requests?",
        r"merge conflicts?|shell script|stored procedure|unix command|linux command|web ?scrap(?:er|ing)",
    )
    + r")\b",
    "asking for code": rf"\b(?i:{_WRITE}(?: an?| the| some| this| your| two| three| me)*(?: \w+){{0,2}} code\b)"
    r"(?! (?:of|names?|words?|numbers?|phrases?|that rhymes))",
    "asking for a program": rf"\b(?i:{_WRITE}(?: an?| the| some| this| your)*(?: \w+){{0,2}} "
    rf"(?:(?:functions?|methods?|programs?|algorithms?|class|loop)\b(?:[ ,(]+[\w']+){{0,12}}? {_DATA}"
    rf"|scripts? (?:to|that|which)(?: \w+){{0,8}}? {_FILES}))\b",
}
"""How people talk about programming. One place is enough."""

_CODE = {name: re.compile(way, re.MULTILINE) for name, way in CODE.items()}
_TALK = {name: re.compile(way) for name, way in TALK.items()}
_ASSIGNED = re.compile(
    r"^[ \t]*[A-Za-z_]\w*(?:\[\w+\]|\.\w+)* ?[-+*/]?= ?"
    r"(?:\[.*\]|\{.*\}?|['\"].*['\"]|True|False|None|-?\d+(?:\.\d+)?);?[ \t]*(?:#.*|//.*)?$",
    re.MULTILINE,
)
"""``x = 5`` stands in a sum too: two such lines are code."""
_FENCE = re.compile(r"```[ \t]*([\w+#-]+)[ \t]*$", re.MULTILINE)
_PROSE = {"text", "txt", "plain", "plaintext", "markdown", "md", "none", "latex", "tex", "math", "csv", "json", "yaml"}
"""Languages of a fenced block that are no code."""


_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+")
WORDS = 80
"""Talk about programming says something about it at least once in so many words."""


def programming(text: str) -> str:
    """What shows that a text holds code or is about programming: ``sql``, ``talk of a language``; empty for none.

    Code shows in one place. Talk has to recur: a long text that names a language once is about something else.
    """
    text = _LINK.sub(" ", text)
    fenced = next((name for name in _FENCE.findall(text) if name.lower() not in _PROSE), "")
    if fenced:
        return fenced.lower()
    for name, pattern in _CODE.items():
        if pattern.search(text):
            return name
    if len(_ASSIGNED.findall(text)) > 1:
        return "assignments"
    said = {name: sum(1 for _ in pattern.finditer(text)) for name, pattern in _TALK.items()}
    most = max(said, key=lambda name: said[name])
    return most if sum(said.values()) >= max(1.0, len(text.split()) / WORDS) else ""
