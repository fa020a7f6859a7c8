"""Names as one country writes them in three alphabets, made comparable. The keys are hashed elsewhere."""

import re
import unicodedata

from rapidfuzz.distance import DamerauLevenshtein

_AZ_CAPITALS = str.maketrans({"İ": "i", "I": "ı"})

# Azerbaijani Latin with its look-alikes; Cyrillic of Azerbaijani (until 1991) and of Russian. Letter by
# letter, so that one slip of the pen stays one. Russian г stands for q, g, ğ and h alike.
_LATIN = str.maketrans("əǝıøłđŧ", "eeioldt")
_CYRILLIC = str.maketrans(
    "абвгғдеёжзийјыкҝлмноөпрстуүфхһцчҹшщэәіїєґў",
    "abvqgdeojziyyikglmnooprstuufxhsccsseeiiequ",
    "ъь",
) | {ord("ю"): "yu", ord("я"): "ya"}
_SILENT = re.compile("['’‘ʼʻʹ`´\u00ad\u200b-\u200f\u2060]")
_WORD = re.compile(r"[^\W\d_]+")

_PATRONYMIC = "(?:o[gq]h?l[uiy]|[gqk][iy]z[iy])"
_IS_PATRONYMIC = re.compile(_PATRONYMIC)
_IS_DYNASTIC = re.compile("zad[ea]h?")
_ENDINGS = (
    (re.compile(f"(?<=...){_PATRONYMIC}$"), ""),  # written together with the father's name
    (re.compile("(?<=...)(?:y?e|o)v(?:ich?|na)$"), ""),  # the Russian patronymic
    (re.compile("(?<=..)((?:e|o)v)a$"), r"\1"),  # a woman's surname
)

# What the alphabets and their users mix: a e ə; o ö; u ü; k q g ğ x (kh gh); c ç j (ch dj); s ş (sh); v w.
_CLASSES = dict.fromkeys("ae", "A") | dict.fromkeys("ou", "U") | {"i": "I"}
_CLASSES |= dict.fromkeys("kqgx", "G") | dict.fromkeys("cj", "J") | dict.fromkeys("vw", "V")
_LOOSE = str.maketrans(_CLASSES | dict.fromkeys("hy", ""))
_SOUNDED = str.maketrans(_CLASSES | {"h": "G", "p": "b", "t": "d"})
_SPELLINGS = (  # several letters for one sound, the longest first
    *(("dzh", "c"), ("tch", "c"), ("dj", "c"), ("kh", "x"), ("gh", "g")),
    *(("sh", "s"), ("ch", "c"), ("zh", "j"), ("ts", "s")),
)
_FINAL_H = re.compile("(?<=[aeiouy])h$")
_GLIDE = re.compile("i+(?=[aeou])|(?<=[aeou])i+")
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("[AIU]")

LONGEST_SKELETON = 9  # with all its one-letter deletions: at most 10 keys
SHORTEST_WITH_SLIPS = 4  # shorter words are found only as they sound
MOST_WORDS = 8  # of a name; the comparison takes every pair of them
UNMATCHED = 0.2  # weight of a word that only one of two names has, as a patronymic often is


def nfc(text: str) -> str:
    """The text in the one form that we store (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def az_lower(text: str) -> str:
    """Azerbaijani lower case: İ and i are one letter, I and ı another. For codes use `str.lower`."""
    return nfc(text).translate(_AZ_CAPITALS).lower()


def fold(text: str) -> str:
    """The search key of a name: plain Latin words without marks, patronymic suffix and gendered ending."""
    return " ".join(tokens(text))


def tokens(name: str) -> list[str]:
    """The folded words of a name, in their order."""
    return [_without_endings(word) for word in _words(name)]


def name_keys(name: str) -> set[str]:
    """The strings under which a name is found: at most 12 a word, to be hashed into the blind index.

    Two names meet when they share a string: one word folds alike (`x:`), or is pronounced alike (`p:`),
    or differs by one wrong, missing, extra or swapped letter (`d:`, as SymSpell: both without one letter
    are the same). From four letters on, any one slip still meets.
    """
    return {key for word in _words(name) for key in _word_keys(word)}


def similarity(a: str, b: str) -> float:
    """How alike two names are, 0 to 1, whatever the order of their words: to rank what `name_keys` found."""
    ours, theirs = (list(map(_views, tokens(name)[:MOST_WORDS])) for name in (a, b))
    pairs = sorted(
        ((_alike(x, y), -abs(i - j), i, j) for i, x in enumerate(ours) for j, y in enumerate(theirs)),
        reverse=True,
    )
    left, right = set(range(len(ours))), set(range(len(theirs)))
    score = weight = 0.0
    for alike, _, i, j in pairs:
        if i in left and j in right:
            left.remove(i)
            right.remove(j)
            letters = len(ours[i][0]) + len(theirs[j][0])
            score, weight = score + alike * letters, weight + letters
    alone = sum(len(ours[i][0]) for i in left) + sum(len(theirs[j][0]) for j in right)
    return score / (weight + UNMATCHED * alone) if weight else 0.0


def _words(name: str) -> list[str]:
    """Folded words: no `oglu` or `qizi` of their own, `zade` joined to the word before it."""
    words: list[str] = []
    for word in _WORD.findall(_letters(name)):
        if words and _IS_DYNASTIC.fullmatch(word):
            words[-1] += word
        else:
            words.append(word)
    return [word for word in words if not _IS_PATRONYMIC.fullmatch(word)] or words


def _letters(text: str) -> str:
    """Plain lower-case Latin, letter by letter; letters of further alphabets stay."""
    lower = az_lower(unicodedata.normalize("NFKC", _SILENT.sub("", text)))
    spread = unicodedata.normalize("NFKD", lower.translate(_LATIN).translate(_CYRILLIC))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def _without_endings(word: str) -> str:
    for ending, stem in _ENDINGS:
        word = ending.sub(stem, word)
    return word


def _word_keys(word: str) -> set[str]:
    """A word of folded letters; the deletions are of its skeleton, one class for each letter that counts."""
    skeleton = word.translate(_LOOSE)[:LONGEST_SKELETON]
    keys = {f"x:{_without_endings(word)}", f"p:{_pronounced(_without_endings(word))}", f"d:{skeleton}"}
    if len(word) >= SHORTEST_WITH_SLIPS:
        keys |= {f"d:{skeleton[:i]}{skeleton[i + 1 :]}" for i in range(len(skeleton))}
    return keys


def _pronounced(word: str) -> str:
    """What is heard whatever the spelling: first sound and consonants; all of it where those are few."""
    for spelt, sound in _SPELLINGS:
        word = word.replace(spelt, sound)
    heard = _GLIDE.sub("", _FINAL_H.sub("", word).replace("y", "i")).translate(_SOUNDED)
    heard = _DOUBLED.sub(r"\1", heard)
    consonants = heard[:1] + _VOWELS.sub("", heard[1:])
    return consonants if len(_VOWELS.sub("", consonants)) >= 3 else heard


def _views(word: str) -> tuple[str, str, str]:
    """A word as spelt, letter by letter without what scripts mix, and as pronounced."""
    return word, word.translate(_LOOSE), _pronounced(word)


def _alike(word: tuple[str, str, str], other: tuple[str, str, str]) -> float:
    return sum(map(DamerauLevenshtein.normalized_similarity, word, other)) / len(word)
