from policy.resources import UNKNOWN, Resource, at, each, plain
from tests.policy.given import UNKNOWN as SENT
from tests.policy.given import Given


def test_what_the_engine_marks_as_unknown_is_marked_in_plain_data() -> None:
    given = Given("x:y:Z", "it", {"a": SENT, "b": {"c": [1, SENT, {"d": SENT}]}, "e": "text", "f": None})
    assert plain(given.registered().props) == {
        "a": UNKNOWN,
        "b": {"c": [1, UNKNOWN, {"d": UNKNOWN}]},
        "e": "text",
        "f": None,
    }


def test_a_path_ends_in_a_value_in_nothing_or_in_the_unknown() -> None:
    data = {"a": {"b": 1, "text": "abc"}, "later": UNKNOWN}
    assert at(data, "a", "b") == 1
    assert at(data, "a", "missing", "deeper") is None
    assert at(data, "a", "text", "abc") is None
    assert at(data, "later") is at(data, "later", "deeper") is UNKNOWN


def test_one_thing_is_a_list_of_one() -> None:
    assert (each(None), each("a"), each(["a", "b"]), each(UNKNOWN)) == ([], ["a"], ["a", "b"], [UNKNOWN])


def test_inputs_stand_over_outputs_as_far_as_they_are_known() -> None:
    inputs = {"named": "by the program", "from_another": UNKNOWN, "later": UNKNOWN}
    outputs = {"named": SENT, "from_another": "known by now", "arn": "arn:x"}
    found = Given("x:y:Z", "it", {}, outputs=outputs).deployed()
    assert Resource.deployed(found, inputs).properties == {
        "named": "by the program",
        "from_another": "known by now",
        "later": UNKNOWN,
        "arn": "arn:x",
    }
