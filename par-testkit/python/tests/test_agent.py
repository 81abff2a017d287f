"""The fixtures par_agent and par_boot: the real launcher with a real agent."""

import shutil

import pytest
from conftest import GREETER

from pytest_par import AgentError, ParError, slow_down


def test_answers_logs_and_ends(par_agent, par_s3):
    assert par_agent.get("/a?b=c").json() == {"path": "/a?b=c", "greeting": "hello"}
    assert par_agent.get("x").headers["X-Agent"] == "greeter"
    posted = par_agent.post("/invoke", json={"name": "Ada"})
    assert (posted.status, posted.json()) == (201, {"type": "application/json", "body": '{"name": "Ada"}'})
    assert par_agent.post("/", data="text", headers={"Content-Type": "text/plain"}).json()["type"] == "text/plain"

    assert par_agent.output() == "the greeter starts"
    assert par_agent.wait_log("Agent output").level == "info"
    assert par_agent.wait_log(text="the greeter starts")["origin"] == "agent"
    assert par_agent.logs(level="warning") == []
    assert [line.event for line in par_agent.logs("Runtime ready")] == ["Runtime ready"]
    with pytest.raises(ParError, match="no level 'warn'"):
        par_agent.logs(level="warn")
    par_s3.verify(at_least=1).get_object("*/greeter.apkg")

    par_agent.stop()
    assert par_agent.exit_code() == 0
    assert par_agent.logs()[-1].event == "Runtime stopped"
    with pytest.raises(AgentError, match=r"(?s)was not answered.*exit code 0.*Runtime stopped"):
        par_agent.get("/")


def test_agents_run_side_by_side_each_with_its_variables(par_boot, par_s3):
    par_s3.on_get("*greeter.apkg").times(2).inject(slow_down())
    first = par_boot()
    second = par_boot(reference="test/greeter@^1.0", env={"GREETING": "good evening"})
    first.wait_ready()
    second.wait_ready()

    assert first.get("/").json()["greeting"] == "hello"
    assert second.get("/").json()["greeting"] == "good evening"
    assert len(first.logs("Download retried") + second.logs("Download retried")) == 2
    # The agent ends by itself, with the code that it chose.
    with pytest.raises(AgentError, match="was not answered"):
        first.get("/exit")
    assert first.exit_code() == 7
    assert "I end now" in first.output()


def test_an_agent_that_does_not_start_fails_with_its_last_words(par_boot):
    agent = par_boot(env={"GREETING": "none"})

    for _ in range(2):
        with pytest.raises(AgentError) as failure:
            agent.wait_ready()
        text = str(failure.value)
        assert text.startswith("greeter@1.0.0: AGENT_FAILED (exit code 87): ")
        assert "there is no greeting" in text
        assert "Runtime failed" in text
    with pytest.raises(AgentError, match="no line 'Runtime ready' before the launcher ended"):
        agent.wait_log("Runtime ready")
    assert agent.exit_code() == 87


def test_a_folder_that_cannot_be_packed_says_why(par_boot, tmp_path):
    with pytest.raises(ParError, match="not both"):
        par_boot(tmp_path, reference="acme/greeter@1.0.0")
    (tmp_path / "agent.yaml").write_text("name: Not Valid\nversion: 1.0.0\n")
    with pytest.raises(ParError, match=rf"{tmp_path} cannot be packed: .*name"):
        par_boot(tmp_path)


def test_a_published_package_can_be_looked_at_before_it_boots(par_s3, tmp_path):
    folder = tmp_path / "agent"
    shutil.copytree(GREETER, folder)
    (folder / ".env").write_text("SECRET=1\n")
    (folder / "key.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\n")

    package = par_s3.publish(folder)

    assert package.id == "greeter@1.0.0"
    assert package.left_out == (".env",)
    assert len(package.warnings) == 1 and "key.pem" in package.warnings[0]
    assert package.reference == f"s3://{package.bucket}/{package.key}#sha256={package.digest}"
    assert par_s3.client.head_object(Bucket=package.bucket, Key=package.key)["ContentLength"] == package.bytes
