"""Stubs for the HTTP APIs that an agent calls, with the WireMock of the distribution."""

import urllib.error
import urllib.request

import pytest

from pytest_par import ParError
from pytest_par.plugin import _Settings

pytestmark = pytest.mark.par(stubs="stubs")

MODELS = {"request": {"method": "GET", "url": "/v1/models"}, "response": {"jsonBody": {"models": 3}}}


@pytest.fixture
def par_agent_env(par_s3):
    return {"API_URL": par_s3.stubs.url}


def call(s3, path):
    try:
        with urllib.request.urlopen(s3.stubs.url + path, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.read().decode()


def test_an_agent_calls_the_stubs_of_files_and_of_the_test(par_agent, par_s3):
    par_s3.stubs.stub(MODELS)

    assert par_agent.get("/ask/v1/models").json() == {"said": '{"models":3}'}
    assert par_agent.get("/ask/weather").json() == {"said": "rain"}

    par_s3.stubs.verify(1, "GET", "/v1/models")
    par_s3.stubs.verify(1, "GET", "/v1/models", headers={"Authorization": {"equalTo": "Bearer of-the-agent"}})
    assert par_s3.stubs.count() == 2
    assert [one["request"]["url"] for one in par_s3.stubs.requests()] == ["/weather", "/v1/models"]
    assert par_s3.stubs.unmatched() == []


@pytest.mark.parametrize("round", [1, 2])
def test_each_test_starts_with_the_stubs_of_the_files_alone(par_s3, round):
    assert par_s3.stubs.requests() == []
    assert par_s3.stubs.count() == 0
    par_s3.stubs.stub({"request": {"url": f"/round/{round}"}, "response": {"body": "added"}})

    assert call(par_s3, f"/round/{round}") == (200, "added")
    assert call(par_s3, "/weather") == (200, "rain")
    assert len(par_s3.stubs._admin.get("mappings")["mappings"]) == 2


@pytest.mark.par(unmatched="ignore")
def test_a_call_without_a_stub_is_compared_with_the_nearest_one(par_s3):
    assert call(par_s3, "/wether")[0] == 404

    (text,) = par_s3.stubs.unmatched()
    lines = text.splitlines()
    assert lines[0] == "GET /wether"
    assert "expected:<" in text and "/weather" in text
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_call_without_a_stub_fails_the_test_unless_it_is_ignored(par_s3, request):
    call(par_s3, "/wether")

    with pytest.raises(pytest.fail.Exception, match=r"(?s)no stub matched these calls:\n  GET /wether.*unmatched=\"ignore\""):
        _Settings(request.node).check(par_s3)

    par_s3.reset()


@pytest.mark.par(unmatched="ignore")
def test_a_failed_verification_lists_all_calls(par_s3):
    with pytest.raises(AssertionError, match=r"expected 1 request \(ANY\), and there were 0; nobody has called the stubs"):
        par_s3.stubs.verify()
    call(par_s3, "/weather")
    call(par_s3, "/wether")

    with pytest.raises(AssertionError) as failure:
        par_s3.stubs.verify(2, "GET", "/weather")

    assert str(failure.value).splitlines() == [
        "expected 2 requests (GET /weather), and there was 1; all 2 requests:",
        "  200 GET /weather",
        "  404 GET /wether no stub matched",
    ]


def test_a_mapping_that_wiremock_refuses_says_why(par_s3):
    with pytest.raises(ParError, match="422|invalid|Unrecognized"):
        par_s3.stubs.stub({"reqest": {}})
