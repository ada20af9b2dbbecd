"""Makes processes that are warm already: everything is imported once, and each run is a fork of that.

Reads cases from standard input and answers on standard output, a JSON object a line. A case is a command line with
its folder, and what shall happen to it (`hooks.Hooks`). The clients of AWS are made beforehand: that is most of what a
short run does. A process of its own, since it forks: there must be no thread in it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import ecsdeploy.aws.session
from tests.support.clocks import FarTime, ToolClock
from tests.tool.hard.hooks import Hooks, Waking, replace

SERVICES = ("sts", "ecs", "ecr", "iam", "logs", "ec2", "application-autoscaling")


def main() -> None:
    """Answer until there is nothing more to do."""
    hooks = Hooks()
    hooks.install()
    _warm_up()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        case = json.loads(line)
        child = os.fork()
        if child == 0:
            answers.close()
            _run(case, hooks)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), file=answers, flush=True)


def _warm_up() -> None:
    source = Path(ecsdeploy.__file__).parent
    for file in sorted(source.rglob("*.py")):
        module = file.relative_to(source).with_suffix("").parts
        if module[0] not in ("sandbox", "__main__"):
            importlib.import_module(".".join(("ecsdeploy", *module)).removesuffix(".__init__"))
    aws = ecsdeploy.aws.session.Aws("us-east-1")
    for service in SERVICES:
        aws.client(service)
    aws.client("ecs", once=True)
    replace(ecsdeploy.aws.session, "Aws", lambda _region, profile: aws)
    gc.collect()
    gc.freeze()


def _run(case: dict[str, Any], hooks: Hooks) -> None:
    """Be the process of one case; never returns."""
    code = 1
    try:
        for number, name in ((1, "out"), (2, "err")):
            file = os.open(case[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", 1), open(2, "w", 1)  # noqa: SIM115
        os.chdir(case["cwd"])
        signal.alarm(case["longest"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _command(case, hooks)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command(case: dict[str, Any], hooks: Hooks) -> int:
    from ecsdeploy.cli import app

    log = os.open(case["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    hooks.begin(case["plan"], log, ToolClock(FarTime(case["clock"]).pass_time))
    try:
        app(case["argv"], prog_name="ecsdeploy", obj=Waking(hooks))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        hooks.tell(f"took {hooks.clock.monotonic():.3f}")
    return 0


if __name__ == "__main__":
    main()
