"""What stands around the numbers of a column: a currency, a percent sign, a unit, brackets for less than nothing."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Self

import msgspec

__all__ = ["Affixes"]

SEVERAL = 20
"""Different numbers from which on words around them are a unit; fewer are categories, such as `20s` and `30s`."""
_SYMBOL = "[" + "".join(chr(code) for code in range(0x2100) if unicodedata.category(chr(code)) == "Sc") + "]"
_MARK = re.compile(rf"{_SYMBOL}|[%‰°]")
_CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|SEK|SGD|TRY|USD|ZAR"
_SPACE = "[ \u00a0\u202f]?"
_PARTS = re.compile(
    rf"(?P<open>\(?)(?P<outer>[+-]?)(?P<before>((A|C|HK|NZ|R|S|US)?{_SYMBOL}|{_CODES}){_SPACE})?(?P<inner>[+-]?)"
    r"(?P<number>[\d.,]([\d.,' \u00a0\u202f]*[\d.,])?([eE][+-]?\d+)?)"
    rf"(?P<after>{_SPACE}([%‰]|°[CF]?|{_SYMBOL}|[A-Za-zµ²³/]{{1,8}}))?(?P<close>\)?)"
)


class Affixes(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What every number of a column has around it.

    Attributes:
        before: such as `$`.
        after: such as `%` or ` kg`.
        inner: whether a sign stands behind `before`.
        brackets: whether numbers below zero stand in brackets instead of having a sign.
    """

    before: str = ""
    after: str = ""
    inner: bool = False
    brackets: bool = False

    @classmethod
    def of(cls, texts: Iterable[str], *, strays: bool = False) -> Self | None:
        """Those that all texts have; None if they have none, or not the same.

        Args:
            texts: different ones, without those that stand for empty cells.
            strays: whether some may lack them, as those do that are no number at all.

        Example:
            >>> Affixes.of(["$1,234.50", "-$3.10"]), Affixes.of(["12 %", "(7.5 %)"])
            (Affixes(before='$'), Affixes(after=' %', brackets=True))
            >>> Affixes.of(["$5", "€5"]), Affixes.of(["5", "6"]), Affixes.of(["20s", "30s"])
            (None, None, None)
        """
        found: Counter[tuple[str, str]] = Counter()
        signs: Counter[str] = Counter()
        for text in texts:
            parts = _PARTS.fullmatch(text.strip())
            if parts is None or bool(parts["open"]) != bool(parts["close"]):
                if not strays:
                    return None
                continue
            found[parts["before"] or "", parts["after"] or ""] += 1
            signs.update(name for name in ("open", "outer", "inner") if parts[name])
        if not found or (len(found) > 1 and not strays):
            return None
        (before, after), count = found.most_common(1)[0]
        word = any(map(str.isalpha, before + after)) and not _MARK.search(before + after)
        if (word and count <= SEVERAL) or not (before or after or signs["open"]):
            return None
        return cls(before, after, signs["inner"] > signs["outer"], signs["open"] > 0)

    def bare(self, text: str) -> str:
        """The number alone, with its sign; a text without them as it is.

        Example:
            >>> [Affixes(before="$", brackets=True).bare(text) for text in ("$5", "-$5", "($5)", "5 $")]
            ['5', '-5', '-5', '5 $']
        """
        parts = _PARTS.fullmatch(text.strip())
        if parts is None or ((parts["before"] or "", parts["after"] or "")) != (self.before, self.after):
            return text
        signs = [sign for sign in (parts["open"] and "-", parts["outer"], parts["inner"]) if sign]
        if len(signs) > 1 or bool(parts["open"]) != bool(parts["close"]) or (parts["open"] and not self.brackets):
            return text
        return "".join(signs) + parts["number"]

    def around(self, text: str) -> str:
        """The text of a number, with them around it.

        Example:
            >>> [Affixes(after="%", brackets=True).around(text) for text in ("5", "-5")]
            ['5%', '(5%)']
        """
        sign = text[:1] if text[:1] in ("+", "-") else ""
        digits = text[len(sign) :]
        if self.brackets and sign == "-":
            return f"({self.before}{digits}{self.after})"
        return f"{self.before}{sign}{digits}{self.after}" if self.inner else f"{sign}{self.before}{digits}{self.after}"
