"""Every vector worked out under coverage, in a process of its own: prints which branches of scoring ran."""

from coverage import Coverage

SCORING = [
    f"app/assessments/{name}.py" for name in ("disability", "distress", "measures", "scoring", "trauma")
]


def main() -> None:
    """Print coverage's own report, as JSON."""
    watched = Coverage(branch=True, include=SCORING, data_file=None)
    watched.start()
    from app.assessments.scoring import kept, scores, too_silent
    from tests.assessments.test_vectors import CASES

    for case in CASES:
        kept(scores(case.asked, case.answers))
        too_silent(case.asked, case.answers)
    watched.stop()
    watched.json_report(outfile="-")


if __name__ == "__main__":
    main()
