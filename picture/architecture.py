"""The picture of the whole platform: where each kind of component stands, and what flows between them.

Positions are laid out by hand, and so is what a box says of its purpose; what is there, how it is called and how much
of it there is comes from the program.
"""

from collections.abc import Sequence

from infra.settings.sources import ENGINES
from picture.canvas import LINE, PADDING, WIDTH, Box, Canvas, Tone
from picture.parts import Parts, listed, words

_TOP = 44
_LEFT = Box(16, _TOP, 148, 0)
_MIDDLE = Box(204, _TOP, 452, 592)
_RIGHT = Box(716, _TOP, 268, 0)
_LINE_UP = 670
"""Where what goes from the jobs to the lake climbs."""

_TITLES = {
    "AccessAccount": "Account",
    "AccessLocation": "Location",
    "BucketLogs": "Access logs",
    "CataloguePage": "Catalogue",
    "CertManager": "cert-manager",
    "HybridAccess": "Opt-ins",
    "VpcEndpoints": "VPC endpoints",
}
"""Where a kind of component is called otherwise than its class."""
_TONES: dict[str, Tone] = {
    **dict.fromkeys(("Bucket", "BucketLogs", "Catalog", "Lake", "OptimizerRole"), "lake"),
    **dict.fromkeys(("Access", "AccessAccount", "AccessLocation", "HybridAccess", "TagGrants"), "access"),
    **dict.fromkeys(("Dashboards", "JobAlarms", "MetricsCollector", "Notifications", "OptimizerWatch"), "watch"),
    **dict.fromkeys(("CataloguePage", "Team"), "people"),
}


def draw(parts: Parts) -> str:
    """The picture as SVG."""
    canvas = Canvas()
    canvas.text((_LEFT.x, 27), "What 'pulumi up' makes, and how data flows through it", "heading")
    canvas.text((WIDTH - 16, 27), "dashed: exists before", "label", anchor="end")
    job = _compute(canvas, parts)
    _before(canvas, parts, job)
    lake, catalog = _lake(canvas, parts)
    _readers(canvas, parts, catalog)
    _commits(canvas, job, lake, catalog)
    bottom = _others(canvas, parts, _watch(canvas, parts, _MIDDLE.bottom[1]))
    return canvas.rendered(bottom + 16, description="The platform's parts, and how data flows through them")


def _compute(canvas: Canvas, parts: Parts) -> Box:
    """Network, cluster, operators and jobs, one within the other; gives the place of the jobs."""
    compute = _part(canvas, parts, "Compute", _MIDDLE)
    network = _part(
        canvas, parts, "Network", compute.within(28), [parts.counted("Network", "Vpc", "Subnet", "NatGateway")]
    )
    endpoints, logs = network.row(2, down=44, height=42)
    _part(canvas, parts, "VpcEndpoints", endpoints, ["to S3 and other services"], inner=True)
    _part(canvas, parts, "FlowLogs", logs, ["who talked to whom"], inner=True)
    version = f"EKS Auto Mode, Kubernetes {parts.settings.cluster.version}"
    cluster = _part(canvas, parts, "Cluster", network.within(96), [version])
    nodes, collector = cluster.row(2, down=44, height=42)
    pools = [each.inputs["metadata"]["name"].partition("-")[2] for each in parts.resources("NodePools", "NodePool")]
    _part(canvas, parts, "NodePools", nodes, [", ".join(sorted(pools))], inner=True)
    _part(canvas, parts, "MetricsCollector", collector, ["from all jobs to CloudWatch"], inner=True)
    (at,) = cluster.row(1, down=94, height=80)
    operators = _part(canvas, parts, "Operators", at)
    kinds = ("ExternalSecrets", "CertManager", "FlinkOperator")
    for kind, box in zip(kinds, operators.row(len(kinds), down=28, height=42), strict=True):
        charts = [str(each.inputs["version"]) for each in parts.resources(kind, "Chart")]
        _part(canvas, parts, kind, box, [f"chart {version.removeprefix('v')}" for version in charts], inner=True)
    return _jobs(canvas, parts, cluster)


def _jobs(canvas: Canvas, parts: Parts, cluster: Box) -> Box:
    (at,) = cluster.row(1, down=182, height=cluster.height - 192)
    namespace = _part(canvas, parts, "JobNamespace", at, [f"'{parts.settings.cluster.namespace}'"])
    job = Box(namespace.x + PADDING, namespace.y + 44, namespace.width - 28, namespace.height - 64)
    names = ", ".join(listed(parts.names["FlinkJob"], 3))
    _part(canvas, parts, "FlinkJob", job, [f"one for each folder of jobs/: {names}"], copies=True)
    purposes = {
        "JobIdentity": "role and service account",
        "FlinkApplication": "script, secrets, deployment",
        "JobGrants": "to make its tables",
        "TableMaintenance": f"{parts.counted('TableMaintenance', 'CatalogTableOptimizer')} of each table",
        "TableTags": "LF-Tags of each table",
        "TableGrants": "to tend its tables",
    }
    for index, (kind, purpose) in enumerate(purposes.items()):
        box = job.row(2, down=44 + index // 2 * 48, height=42)[index % 2]
        _part(canvas, parts, kind, box, [purpose], inner=True)
    return job


def _before(canvas: Canvas, parts: Parts, job: Box) -> None:
    """What the cluster and its jobs take: the image, and what exists before."""
    image = Box(_LEFT.x, 166, _LEFT.width, 60)
    built = [parts.counted("FlinkImage", "Repository"), "built of images/flink"]
    _part(canvas, parts, "FlinkImage", image, built)
    canvas.arrow(image.right, (_MIDDLE.x + 2 * PADDING, image.right[1]))
    orders_image = Box(_LEFT.x, 98, _LEFT.width, 60)
    built = [parts.counted("WebOrdersImage", "Repository"), "built of images/weborders"]
    _part(canvas, parts, "WebOrdersImage", orders_image, built)
    if "WebOrdersImage" in parts.names:
        canvas.arrow(orders_image.right, (_MIDDLE.x, orders_image.right[1]))
    streams = Box(_LEFT.x, 234, _LEFT.width, 60)
    topics = parts.counted("Streams", "Topic")
    _part(canvas, parts, "Streams", streams, ["Kafka on Amazon MSK", *filter(None, [topics])])
    if "Streams" in parts.names:
        canvas.arrow(streams.right, (_MIDDLE.x + 2 * PADDING, streams.right[1]))
    secrets = Box(_LEFT.x, 302, _LEFT.width, 60)
    canvas.box(secrets, "Secrets Manager", ["an entry a source:", "host, user, password"], tone="given")
    canvas.arrow(secrets.right, (_MIDDLE.x + 4 * PADDING, secrets.right[1]))
    sources = [f"{name}: {ENGINES[source.engine]}" for name, source in parts.settings.sources.items()]
    lines = listed(sources, 6)
    height = 30 + LINE * len(lines)
    at = Box(_LEFT.x, job.y + (job.height - height) / 2, _LEFT.width, height)
    canvas.box(at, "Sources", lines, tone="given")
    canvas.arrow(at.right, (job.x, at.right[1]))
    canvas.text((at.right[0] + 4, at.right[1] - 6), "CDC", "label")
    orders = Box(_LEFT.x, _MIDDLE.bottom[1] - 60, _LEFT.width, 60)
    _part(canvas, parts, "WebOrders", orders, ["among the jobs: of Kafka", "into the databases"])
    if "WebOrders" in parts.names:
        canvas.arrow(orders.top, at.bottom)


def _lake(canvas: Canvas, parts: Parts) -> tuple[Box, Box]:
    """The data, and how it is found; gives the places of the warehouse and of the catalog."""
    purposes = {"warehouse": "Iceberg tables", "state": "checkpoints", "results": "of queries"}
    lake = _part(
        canvas, parts, "Lake", Box(_RIGHT.x, _TOP, _RIGHT.width, 142), ["S3 and " + parts.counted("Lake", "Key")]
    )
    logs = parts.names.get("BucketLogs", [])
    roles = [name.partition("-")[2] for name in parts.names["Bucket"] if name not in logs]
    boxes = [*lake.row(2, down=44, height=42), *lake.row(2, down=92, height=42)]
    for role, box in zip(roles, boxes, strict=False):
        canvas.box(box, words(role.capitalize()), [purposes.get(role, "")], tone="lake", component="Bucket", inner=True)
    _part(canvas, parts, "BucketLogs", boxes[-1], ["reads and writes"], inner=True)
    left, right = Box(_RIGHT.x - PADDING, lake.bottom[1] + 26, _RIGHT.width + 2 * PADDING, 0).row(2, down=0, height=58)
    databases = listed(parts.contract["databases"].values(), 2)
    catalog = _part(canvas, parts, "Catalog", left, ["Glue databases", ", ".join(databases)])
    _part(canvas, parts, "OptimizerRole", right, ["compacts tables,", "ends old snapshots"])
    return boxes[0], catalog


def _readers(canvas: Canvas, parts: Parts, catalog: Box) -> None:
    """Who may read, who does, and what others are told."""
    access = Box(_RIGHT.x, catalog.bottom[1] + 26, _RIGHT.width, 142)
    _part(canvas, parts, "Access", access, ["Lake Formation: who may read which tag"])
    canvas.arrow((catalog.bottom[0], access.y), catalog.bottom)
    purposes = {
        "AccessAccount": "its settings",
        "AccessLocation": "the warehouse",
        "TagGrants": "to teams, by tag",
        "HybridAccess": "of teams alone",
    }
    boxes = [*access.row(2, down=44, height=42), *access.row(2, down=92, height=42)]
    for (kind, purpose), box in zip(purposes.items(), boxes, strict=True):
        _part(canvas, parts, kind, box, [purpose], inner=True)
    team = Box(_RIGHT.x, access.bottom[1] + 30, _RIGHT.width - 8, 62)
    names = ", ".join(listed(parts.names.get("Team", []), 4))
    said = [names, "role, Athena workgroup, saved queries"]
    _part(canvas, parts, "Team", team, said, copies=True)
    canvas.arrow((access.top[0], team.y), (access.top[0], access.bottom[1]))
    canvas.text((access.top[0] + 8, access.bottom[1] + 19), "queries", "label")
    contract = Box(_RIGHT.x, _MIDDLE.bottom[1] - 88, _RIGHT.width, 88)
    count = len(parts.contract["tables"])
    tables = f"{count} table{'s' if count != 1 else ''}: columns, keys, freshness, owner"
    canvas.box(contract, f"Contract {parts.contract['version']}, the only output", [tables], tone="people")
    (page,) = contract.row(1, down=40, height=42)
    _part(canvas, parts, "CataloguePage", page, ["the same as a page, for teams"], inner=True)


def _commits(canvas: Canvas, job: Box, warehouse: Box, catalog: Box) -> None:
    canvas.arrow(
        (job.right[0] + 8, job.right[1]), (_LINE_UP, job.right[1]), (_LINE_UP, warehouse.left[1]), warehouse.left
    )
    canvas.arrow((_LINE_UP, catalog.left[1]), catalog.left)
    canvas.text((_LINE_UP + 3, warehouse.left[1] - 6), "files", "label")
    canvas.text((_LINE_UP + 3, catalog.left[1] - 6), "tables", "label")


def _watch(canvas: Canvas, parts: Parts, top: float) -> float:
    """How people learn of it all: a row of boxes; gives where it ends."""
    purposes = {
        "Dashboards": "a row for each job",
        "JobAlarms": "of each job, against its objectives",
        "OptimizerWatch": "asks whether optimizers work",
        "ExpectationWatch": "asks tables for what is promised",
        "Notifications": f"{parts.counted('Notifications', 'Topic')}, to owners and platform",
    }
    row = _across(top, len(purposes))
    for (kind, purpose), box in zip(purposes.items(), row, strict=True):
        _part(canvas, parts, kind, box, [purpose])
    return row[0].bottom[1]


def _others(canvas: Canvas, parts: Parts, top: float) -> float:
    """What has no place of its own: a box for each, at the bottom; gives where that ends."""
    others = [kind for kind in parts.names if kind not in canvas.components]
    for first in range(0, len(others), 4):
        row = _across(top)
        for kind, box in zip(others[first : first + 4], row, strict=False):
            _part(canvas, parts, kind, box, [", ".join(listed(parts.names[kind], 3))], tone="plain")
        top = row[0].bottom[1]
    return top


def _across(top: float, count: int = 4) -> list[Box]:
    return Box(_LEFT.x - PADDING, top + 14, WIDTH - 32 + 2 * PADDING, 0).row(count, down=0, height=44)


def _part(
    canvas: Canvas,
    parts: Parts,
    kind: str,
    at: Box,
    lines: Sequence[str] = (),
    *,
    tone: Tone | None = None,
    inner: bool = False,
    copies: bool = False,
) -> Box:
    """The box of one kind of component, drawn if the program has any of it."""
    if kind in parts.names:
        tone = tone or _TONES.get(kind, "compute")
        title = _TITLES.get(kind, words(kind))
        canvas.box(at, title, lines, tone=tone, component=kind, inner=inner, copies=copies)
    return at
