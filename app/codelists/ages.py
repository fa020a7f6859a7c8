"""Age bands, derived when read and never stored. The bands are the code list `age_band`."""

from datetime import date

from app.codelists import lists
from app.core.dates import PartialDate, age_on

UNKNOWN = "unknown"


def band_of(age: int) -> str:
    """The code of the band that holds this age in whole years."""
    for code, row in lists.load("age_band").items():
        least, most = row.extra["min_age"], row.extra["max_age"]
        if least and int(least) <= age and (not most or age <= int(most)):
            return code
    return UNKNOWN


def band_on(born: PartialDate | None, day: date) -> str:
    """The code of the band on a day; `unknown` where the birth date leaves more than one possible."""
    ages = age_on(born, day) if born else None
    if ages is None:
        return UNKNOWN
    youngest, oldest = (band_of(age) for age in ages)
    return youngest if youngest == oldest else UNKNOWN
