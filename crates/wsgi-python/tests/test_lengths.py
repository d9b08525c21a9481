"""The length of an iterable, which a server may ask for."""

import pytest
from launch import launched

pytestmark = pytest.mark.xdist_group("lengths")

SITE = r"""
class Blocks:
    def __init__(self):
        self.blocks = iter([b"a", b"b"])
    def __iter__(self):
        return self.blocks


class Single(Blocks):
    def __init__(self):
        self.blocks = iter([b"one"])
    def __len__(self):
        return 1


class Proxy(Blocks):
    # Has every attribute, and no length.
    def __getattr__(self, name):
        if name == "close":
            raise AttributeError(name)
        return lambda: 1


class Unknown(Blocks):
    def __len__(self):
        raise NotImplementedError


class Failing(Blocks):
    def __len__(self):
        raise LookupError("the length failed")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return globals()[environ["QUERY_STRING"]]()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with launched(tmp_path_factory.mktemp("lengths"), SITE) as site:
        yield site
        assert site.stop() == 0


@pytest.mark.parametrize("kind", ["Proxy", "Unknown"])
def test_an_iterable_that_says_that_it_has_no_length_is_sent(site, kind):
    assert site.get(f"/?{kind}") == (200, b"ab")


def test_a_single_block_is_sent(site):
    assert site.get("/?Single") == (200, b"one")


def test_another_failure_of_the_length_is_one_of_the_application(site):
    assert site.get("/?Failing")[0] == 500
    site.wait_for("the length failed")
