"""What is merged, and what must not be."""

from search_spaces.canonical.chains import in_chains
from search_spaces.canonical.terms import BAG, PICTURE, SUM, Term

PICTURE_TERM = Term(PICTURE, ())


def conv(name: str, source: int) -> Term:
    return Term(name.encode(), (source,), has_weights=True)


def relu(source: int) -> Term:
    return Term(b"r", (source,))


def test_a_chain_is_one_term():
    terms = [PICTURE_TERM, relu(0), conv("a", 1), conv("b", 2), relu(3), conv("c", 4)]
    assert in_chains(terms) == [PICTURE_TERM, conv("rabrc", 0)]


def test_nothing_stays_nothing():
    assert in_chains([]) == []


def test_a_layer_without_weights_is_done_again_by_each_reader():
    terms = [PICTURE_TERM, relu(0), conv("a", 1), conv("b", 1), Term(SUM, (2, 3), is_ordered=False)]
    assert in_chains(terms) == [
        PICTURE_TERM,
        conv("ra", 0),
        conv("rb", 0),
        Term(SUM, (1, 2), is_ordered=False),
    ]


def test_a_layer_with_weights_that_two_read_stays_one():
    terms = [PICTURE_TERM, conv("a", 0), conv("b", 1), conv("c", 1), Term(BAG, (2, 3), is_ordered=False)]
    assert in_chains(terms) == terms


def test_reading_it_twice_through_what_has_no_weights_is_reading_it_twice():
    terms = [
        PICTURE_TERM,
        conv("a", 0),
        relu(1),
        conv("b", 2),
        conv("c", 2),
        Term(SUM, (3, 4), is_ordered=False),
    ]
    shorter = in_chains(terms)
    assert shorter == [
        PICTURE_TERM,
        conv("a", 0),
        conv("rb", 1),
        conv("rc", 1),
        Term(SUM, (2, 3), is_ordered=False),
    ]
    assert in_chains(shorter) == shorter


def test_what_a_sum_reads_without_weights_stays():
    terms = [PICTURE_TERM, relu(0), conv("a", 1), Term(SUM, (1, 2), is_ordered=False)]
    assert in_chains(terms) == [PICTURE_TERM, relu(0), conv("ra", 0), Term(SUM, (1, 2), is_ordered=False)]


def test_a_layer_without_weights_is_not_merged_into_what_comes_before():
    """Else a normalisation and its activation would be one term here, and two where two layers read the activation."""
    assert in_chains([PICTURE_TERM, conv("a", 0), relu(1)]) == [PICTURE_TERM, conv("a", 0), relu(1)]
