"""`lakehouse status`: the state of a sandbox for the terminal."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from sandbox.state import JobState, State


def render(state: State) -> Group:
    """Where each part listens, how much memory all take, and what of the stack is declared only."""
    parts = Table(box=None, padding=(0, 2), show_header=False)
    parts.add_row("stack", f"{state.stack}, {state.phase} (supervisor {state.pid})")
    if state.aws is not None:
        parts.add_row("AWS, played", f"{state.aws.endpoint} in {state.aws.region}")
    for engine, login in state.databases.items():
        parts.add_row(engine, f"{login.host}:{login.port} as {login.username} (password in .sandbox/state.json)")
    if state.kafka is not None:
        parts.add_row("kafka", f"{state.kafka.bootstrap_servers}, its schema registry at {state.kafka.registry}")
    if state.zookeeper is not None:
        parts.add_row("zookeeper", f"{state.zookeeper}, elects the leader of each job's JobManagers")
    for name, job in state.jobs.items():
        parts.add_row(f"job {name}", f"{job.web} {_condition(job)}")
        for number, jobmanager in enumerate(job.jobmanagers, 1):
            parts.add_row(f"  JobManager {number}", f"{jobmanager.web} {jobmanager.restarts} restarts")
    parts.add_row("memory", f"{state.memory_mib:,.0f} MiB now, {state.peak_memory_mib:,.0f} MiB at most")
    parts.add_row("resources", f"{state.declared_resources} declared, {state.real_resources} of them real here")
    absent = ", ".join(state.declared_only)
    note = Text(f"Declared only, since one machine cannot be it: {absent}.", style="dim", overflow="fold")
    return Group(parts, note)


def _condition(job: JobState) -> str:
    if job.running_at is None:
        return "starting"
    number = f", {job.task_managers} TaskManagers" if job.task_managers > 1 else ""
    restarts = f", {job.task_manager_restarts} TaskManager restarts" if job.task_manager_restarts else ""
    return f"running{number}{restarts}"
