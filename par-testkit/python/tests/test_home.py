"""Where the plugin finds the testkit, Java and the launcher."""

import sys
from pathlib import Path

import pytest

from pytest_par import ParError
from pytest_par import _home as home_module
from pytest_par._home import find_home, find_java
from pytest_par._launcher import FreePorts, Launcher


def executable(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def home(folder):
    executable(folder / "bin" / "par-testkit")
    (folder / "lib").mkdir()
    return folder


@pytest.fixture
def alone(monkeypatch):
    """A package that was not installed from a distribution."""
    monkeypatch.setattr(home_module, "_distributions", lambda: [Path("/nowhere")])


def test_the_variable_comes_first(tmp_path):
    assert find_home({"PAR_TESTKIT_HOME": str(home(tmp_path / "kit"))}) == (tmp_path / "kit").resolve()


def test_a_variable_that_is_wrong_is_an_error_and_not_passed_over(tmp_path):
    with pytest.raises(ParError, match="PAR_TESTKIT_HOME is .*, which has no bin/par-testkit"):
        find_home({"PAR_TESTKIT_HOME": str(tmp_path)})


def test_the_distribution_around_the_package_comes_next(tmp_path, monkeypatch):
    kit = home(tmp_path / "kit")
    monkeypatch.setattr(home_module, "__file__", str(kit / "python" / "src" / "pytest_par" / "_home.py"))

    assert find_home({}) == kit.resolve()


@pytest.mark.parametrize("installed", ["python", "python/pytest_par-1.0-py3-none-any.whl"])
def test_pip_remembers_the_distribution_that_it_installed_from(tmp_path, monkeypatch, installed):
    kit = home(tmp_path / "a kit")
    source = kit / installed
    if installed.endswith(".whl"):
        executable(source)
    else:
        source.mkdir()
    monkeypatch.setattr(home_module, "__file__", "/nowhere/lib/site-packages/pytest_par/_home.py")
    site = tmp_path / "site"
    (site / "pytest_par-1.0.dist-info").mkdir(parents=True)
    (site / "pytest_par-1.0.dist-info" / "METADATA").write_text("Name: pytest-par\nVersion: 1.0\n")
    (site / "pytest_par-1.0.dist-info" / "direct_url.json").write_text(f'{{"url": "{source.as_uri()}"}}')
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    assert find_home({}) == kit.resolve()


def test_the_path_comes_last_and_links_are_followed(tmp_path, alone):
    kit = home(tmp_path / "kit")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "par-testkit").symlink_to(kit / "bin" / "par-testkit")

    assert find_home({"PATH": str(tmp_path / "bin")}) == kit.resolve()


def test_without_any_it_says_where_it_looked(tmp_path, alone):
    with pytest.raises(ParError, match=r"(?s)There is no par-testkit: .*\(/nowhere\).*set PAR_TESTKIT_HOME"):
        find_home({"PATH": str(tmp_path)})


def test_java_comes_from_java_home_or_the_path(tmp_path):
    java = executable(tmp_path / "jdk" / "bin" / "java")

    assert find_java({"JAVA_HOME": str(tmp_path / "jdk")}) == java
    assert find_java({"PATH": str(java.parent)}) == java
    with pytest.raises(ParError, match="There is no Java: none on the PATH"):
        find_java({"PATH": str(tmp_path)})
    with pytest.raises(ParError, match="There is no Java: /nowhere/bin/java"):
        find_java({"JAVA_HOME": "/nowhere", "PATH": str(java.parent)})


def test_a_distribution_of_par_can_be_the_launcher(tmp_path):
    java = executable(tmp_path / "jdk" / "bin" / "java")
    par = executable(tmp_path / "par" / "bin" / "par")
    environment = {"JAVA_HOME": str(java.parent.parent), "PAR_HOME": str(tmp_path / "par"), "SECRET": "x"}

    launcher = Launcher(tmp_path, environment)

    assert launcher.command == [str(par)]
    assert launcher.environment()["PATH"].startswith(str(java.parent))
    assert "SECRET" not in launcher.environment()
    with pytest.raises(ParError, match="PAR_HOME is /nowhere, which has no bin/par"):
        Launcher(tmp_path, {**environment, "PAR_HOME": "/nowhere"})


def test_no_port_is_given_twice():
    ports = FreePorts()

    chosen = [ports.next() for _ in range(200)]

    assert len(set(chosen)) == 200
    assert all(20_000 <= port < 32_000 for port in chosen)
