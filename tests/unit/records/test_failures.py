"""What a message says of its past failures: read as written, and nonsense of somebody else's says nothing."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shared.records.failures import FAILED, Failures, failures_of, with_failures, without_failures
from tests.support.pipeline.world import start_of_day

NOW = start_of_day()
LIMIT = 2**53
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-LIMIT, LIMIT) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["times", "unexpected", "since", "x"]), inner)
    ),
    max_leaves=8,
)
TOLD = st.builds(Failures, st.integers(0, LIMIT), st.integers(0, LIMIT), st.just(NOW))


@given(value=st.dictionaries(st.text(max_size=5), JSON, max_size=3), first=TOLD, second=TOLD)
def test_what_is_said_last_is_read_and_the_rest_of_the_body_stays(value, first, second):
    body = with_failures(with_failures(orjson.dumps(value), first), second)
    assert failures_of(body) == second
    assert without_failures(orjson.loads(body)) == without_failures(value)


@given(said=JSON | st.fixed_dictionaries({"times": JSON, "unexpected": JSON, "since": JSON}))
def test_whatever_somebody_else_says_under_the_name_can_be_counted_on(said):
    found = failures_of(orjson.dumps({FAILED: said}))
    assert found.times >= 0
    assert found.since is None or found.since <= NOW or found.since > NOW


@given(since=st.sampled_from(["2031-03-03", "2031-03-03T09:00:00", "soon", "", "2031-03-03T09:00:00+99:00"]))
def test_instant_that_cannot_be_compared_says_nothing(since):
    said = {"times": 7, "unexpected": 1, "since": since}
    assert failures_of(orjson.dumps({FAILED: said})) == Failures()


@given(body=st.binary(max_size=40) | JSON.filter(lambda value: not isinstance(value, dict)).map(orjson.dumps))
def test_what_is_no_object_can_say_nothing(body):
    try:
        is_object = isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        is_object = False
    if not is_object:
        assert failures_of(body) is None
        assert with_failures(body, Failures(1)) is body
