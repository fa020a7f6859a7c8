"""Which of our languages a caller reads."""

LANGUAGES = ("en", "az", "ru")


def language_of(header: str | None) -> str | None:
    """The best of our languages in `Accept-Language` (RFC 9110 12.5.4), or nothing when none is named."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate((header or "")[:200].split(",")):
        name, _, weight = part.strip().partition(";q=")
        code = name.strip().lower().split("-")[0]
        try:
            quality = float(weight or 1)
        except ValueError:
            continue
        if code in LANGUAGES and 0 < quality <= 1:
            wanted.append((-quality, place, code))
    return min(wanted)[2] if wanted else None
