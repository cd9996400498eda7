"""The checklist is whole, in order and in the sources' words."""

import pytest

from wgan.studies.claims import CLAIMS, SOURCES

RANGES = {"E": range(1, 19), "C": range(1, 17), "Q": range(1, 10), "A": (13, 16, 18)}
CHECKLIST = [f"{letter}{number}" for letter, numbers in RANGES.items() for number in numbers]
OF_SOURCES = [claim for claim in CLAIMS.values() if claim.id in CHECKLIST]
OURS = [claim for claim in CLAIMS.values() if claim.id not in CHECKLIST]

each_claim = pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)


def test_every_row_is_there_in_order():
    assert [claim.id for claim in CLAIMS.values()] == list(CLAIMS)
    assert [claim.id for claim in OF_SOURCES] == CHECKLIST
    assert len(CHECKLIST) == 46


def test_what_this_package_says_stands_behind_it_and_quotes_nobody():
    assert list(CLAIMS.values()) == [*OF_SOURCES, *OURS]
    assert [claim.id for claim in OURS] == [f"P{number}" for number in range(1, len(OURS) + 1)]
    assert all(claim.quotes == () for claim in OURS)


@each_claim
def test_text_is_one_sentence(claim):
    assert claim.text == " ".join(claim.text.split())
    assert claim.text.endswith(".")
    assert not any(end in claim.text for end in (". ", "? ", "! "))


def test_no_two_claims_say_the_same():
    assert len({claim.text for claim in CLAIMS.values()}) == len(CLAIMS)


@pytest.mark.parametrize("claim", OF_SOURCES, ids=CHECKLIST)
def test_sources_are_quoted_once_each_and_in_order(claim):
    assert claim.sources
    assert set(claim.sources) <= set(SOURCES)
    assert list(claim.sources) == sorted(set(claim.sources))


@each_claim
def test_quotes_are_short_and_of_words(claim):
    for quote in claim.quotes:
        assert quote.text == " ".join(quote.text.split())
        assert all(any(letter.isalpha() for letter in part) for part in quote.text.rstrip("…").split("…"))
        assert 3 <= len(quote.text.replace("…", " ").split()) <= 40


@each_claim
def test_a_source_that_the_text_names_is_quoted(claim):
    assert {source for source in SOURCES if source in claim.text} <= set(claim.sources)


def test_every_source_is_quoted():
    assert {source for claim in CLAIMS.values() for source in claim.sources} == set(SOURCES)


def test_a_source_has_a_title_and_the_year_that_it_shows():
    assert all(source.title for source in SOURCES.values())
    assert {name: source.year for name, source in SOURCES.items() if source.year} == {"S1": 2021}
