"""The real host follows the settings that list functions, as our own host does."""

import shutil

import pytest

from devstack.host.groups import Group, Role
from devstack.project import ROOT
from devstack.tests.support.host.real_host import RealHost
from devstack.tests.support.processes import wait_until

pytestmark = pytest.mark.xdist_group("start")

APP = """
import azure.functions as func, os, pathlib
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
runs = pathlib.Path(os.environ["RUNS"])
@app.route("ready")
def ready(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse()
@app.timer_trigger("timer", "* * * * * *", use_monitor=False)
def first(timer: func.TimerRequest) -> None:
    (runs / "first").touch()
@app.timer_trigger("timer", "* * * * * *", use_monitor=False)
def second(timer: func.TimerRequest) -> None:
    (runs / "second").touch()
"""


@pytest.mark.parametrize("name", ["first", "second"])
def test_only_the_listed_timer_runs(tmp_path, name):
    app, runs = tmp_path / "app", tmp_path / "runs"
    app.mkdir()
    runs.mkdir()
    shutil.copy(ROOT / "host.json", app)
    (app / "function_app.py").write_text(APP)
    settings = {**Group(Role.TIMERS, (name, "ready")).settings, "RUNS": str(runs)}
    with RealHost(tmp_path, app=app, ready_path="/ready", settings=settings) as host:
        for _ in range(3):  # a timer that is not listed would have run as often
            wait_until((runs / name).exists, 30.0, host.log.read_text)
            assert [run.name for run in runs.iterdir()] == [name]
            (runs / name).unlink()
