"""What people really type in a tag: full-width marks, as Chinese input methods give them."""

from __future__ import annotations

_WIDE = str.maketrans({"（": "(", "）": ")", "，": ",", "：": ":", "【": "[", "】": "]", "　": " ", "｜": "|", "．": ".",
                       "～": "~", "\xa0": " ",
                       "＝": "=", "＋": "+", "－": "-", "＊": "*", "／": "/", "＜": "<", "＞": ">", "！": "!", "％": "%",
                       "“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "＇": "'"})  # fmt: skip
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "”": "”", "’": "’"}
"""Marks that begin a string in a tag, and the mark that ends it."""


def read_as_ascii(code: str) -> str:
    """The inside of a tag with full-width marks as ASCII, except in the strings that it quotes.

    Word processors type `表（“公开01”）`; a string ends at the mark that closes the one it began with.
    """
    out: list[str] = []
    closing, escaped = "", False
    for char in code:
        if escaped:
            escaped = False
            out.append(char)
        elif closing:
            escaped = char == "\\"
            if char == closing:
                closing = ""
                out.append(char.translate(_WIDE))
            else:
                out.append(f"\\{char}" if char in "\"'" else char)
        else:
            closing = QUOTES.get(char, "")
            out.append(char.translate(_WIDE))
    return "".join(out)
