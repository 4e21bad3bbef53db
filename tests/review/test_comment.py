import pytest

from review.comment import LONGEST, Beside, comment
from review.violations import violations
from tests.review.given import NAMES, PREVIEWS, Document, of, preview, step, told, varied

BUCKET = "aws:s3/bucket:Bucket"


def cautions(text: str) -> list[str]:
    return [line.removeprefix("> - ") for line in text.splitlines() if line.startswith("> - ")]


@pytest.mark.parametrize("name", NAMES)
def test_an_unchanged_preview_gives_the_same_comment(name: str) -> None:
    def otherwise(found: Document) -> None:
        # The engine tells resources in the order in which they are ready.
        found["steps"].reverse()
        found["diagnostics"] = list(reversed(found.get("diagnostics", [])))
        found["duration"] = 7

    assert told(preview(name)) == told(varied(name, otherwise))


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("nothing", "**Nothing changes.**"),
        ("failed", "**No change is known.**"),
        ("job-sql", "**1 job restarts, 1 resource is replaced.**"),
        ("deleted-job", "**1 job stops, 18 resources are deleted.**"),
        ("new-job", "**1 job starts.**"),
        ("policy", "**No job stops or starts, and nothing is replaced or deleted.**"),
        ("replaced-database", "**1 job restarts, 5 resources are replaced, 5 resources are deleted.**"),
    ],
)
def test_the_first_line_tells_what_happens(name: str, headline: str) -> None:
    assert told(preview(name)).splitlines()[3] == headline


@pytest.mark.parametrize(
    ("name", "caution"),
    [
        ("stateless", "`enriched-orders` loses its state."),
        ("replaced-database", "`catalog-orders` takes data with it."),
        ("table-key", "`iceberg_orders_dev.enriched_orders_lake` can't stay as the jobs leave it."),
        ("policy", "`enriched-orders` gains a wildcard."),
        ("failed", "The preview failed. What is told here is what was known by then, and may not be all."),
    ],
)
def test_what_must_not_be_overlooked_stands_above_all(name: str, caution: str) -> None:
    text = told(preview(name))
    assert caution in cautions(text)
    assert text.index("[!CAUTION]") < text.index("<details>" if "<details>" in text else "####")


@pytest.mark.parametrize("name", ["nothing", "job-sql", "parallelism", "last-state", "suspended", "resumed", "new-job"])
def test_what_is_harmless_raises_no_alarm(name: str) -> None:
    assert cautions(told(preview(name))) == []


def test_other_losses_are_cautioned_of_by_their_kind() -> None:
    found = of(
        step("aws:eks/cluster:Cluster", "cluster", "delete", old={}),
        step("aws:dynamodb/table:Table", "one", "delete", old={}),
        step("aws:dynamodb/table:Table", "other", "replace", old={}, new={}),
        step(BUCKET, "lake", "same", old={}, new={}, old_is={"protect": True}),
        maybeCorrupt=True,
    )
    assert cautions(told(found)) == [
        "Pulumi says that the state of this stack may be corrupt.",
        "`cluster` takes state with it.",
        "`one`, `other` may take something with them.",
        "`lake` is protected no longer.",
    ]


def test_a_failed_preview_says_why() -> None:
    text = told(preview("protected-job"), "prod")
    assert "cannot be deleted\nbecause it is protected" in text
    assert "did you mean 'disposable'?" in told(preview("failed"))


def test_violations_are_told_as_they_are() -> None:
    broken = "\n".join(violations((PREVIEWS / "events.jsonl").read_text()))
    text = comment(preview("upgrade-mode"), "dev", Beside(violations=broken))
    assert "It breaks policies." in cautions(text)
    assert text.count("[mandatory]") == 2
    assert "```\n[mandatory] stateless-upgrade on enriched-orders\n" in text
    assert "#### Policies" not in comment(preview("upgrade-mode"), "dev", Beside(violations=" \n"))


def test_operations_are_counted() -> None:
    assert "\n5 created, 8 updated, 5 replaced, 5 deleted, 147 unchanged.\n" in told(preview("replaced-database"))
    assert "\nAt least 1 updated, 2 discard.\n" in told(
        of(
            *(
                step(BUCKET, name, op, old={}, new={})
                for name, op in (("a", "discard"), ("b", "discard"), ("c", "update"))
            )
        )
    )


def test_every_changed_value_is_told() -> None:
    text = told(preview("replaced-database"))
    for found in preview("replaced-database").changed:
        assert f"`{found.type}` `{found.name}`" in text
    assert '- name: "iceberg_orders_dev"\n+ name: "iceberg_orders_new"\n' in text
    # Within the JSON of a policy, too.
    assert '+   Statement[0].Resource[0]: "arn:aws:s3:::lake-warehouse-f268a81/iceberg_orders_new/*"' in text


def test_an_edited_script_is_told_by_its_lines() -> None:
    text = told(preview("job-sql"))
    assert "-   LEFT JOIN shipments AS s ON o.order_id = s.order_id;\n" in text
    assert "+   INNER JOIN shipments AS s ON o.order_id = s.order_id;\n" in text
    assert "Whether that state fits a changed script can't be told from a preview" in text
    assert "Whether that state fits" not in told(preview("parallelism"))


SCRIPT = "kubernetes:core/v1:ConfigMap"


def test_a_script_that_comes_as_another_goes_is_one_that_changes() -> None:
    old, new = ({"metadata": {"name": name}, "data": {"job.sql": f"{name}\n"}} for name in ("before", "after"))
    gone, come = (
        step(SCRIPT, "orders-script-0123456789", "delete", old=old),
        step(SCRIPT, "orders-script-abcdef0123", "create", new=new),
    )
    (found,) = of(gone, come).changed
    assert (found.op, found.name, found.old and found.old.inputs) == ("replace", "orders-script-abcdef0123", old)
    assert "-   before\n" in told(of(gone, come))
    assert "+   after\n" in told(of(gone, come))
    other = step(SCRIPT, "payments-script-abcdef0123", "create", new=new)
    assert [each.op for each in of(gone, other).changed] == ["delete", "create"]
    assert [each.op for each in of(gone, {**come, "op": "same"}).changed] == ["delete"]


def test_of_a_long_script_some_lines_are_told() -> None:
    old, new = ("\n".join(f"{word} {number}" for number in range(20)) for word in ("old", "new"))
    text = told(of(step("kubernetes:core/v1:ConfigMap", "script", old={"data": {"a": old}}, new={"data": {"a": new}})))
    assert "-   old 11\n" in text
    assert "old 12" not in text
    assert "  … 28 more lines\n" in text


def test_secrets_and_unknown_values_are_told_as_such() -> None:
    found = of(
        step(BUCKET, "a", old={"x": "[secret]"}, new={"x": "[secret]"}, detailedDiff={"x": {"kind": "update"}}),
        step(BUCKET, "b", old={"y": 1}, new={"y": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}),
    )
    text = told(found)
    assert "- x: [secret]\n+ x: [secret]\n" in text
    assert "- y: 1\n+ y: unknown\n" in text
    assert "#### Unknown until something else is deployed\n\n- `b` (Bucket): `y`\n" in text


def test_what_a_provider_works_out_is_told_too() -> None:
    assert "- contextHash: " in told(preview("image"))
    assert "+ contextHash: unknown\n" in told(preview("image"))


def test_what_only_its_description_changes_of_is_set_apart() -> None:
    text = told(preview("description"))
    assert "#### Only labels, annotations or tags change\n\n- `enriched-orders` (FlinkDeployment)\n" in text
    assert "Only labels" not in told(preview("parallelism"))
    tags = step(BUCKET, "lake", old={"tags": {"a": "1"}}, new={"tags": {"a": "2"}})
    assert "- `lake` (Bucket)" in told(of(tags))


def test_warnings_are_kept() -> None:
    found = of(
        diagnostics=[{"severity": "warning", "message": "warning: this chart\n"}, {"severity": "info", "message": "x"}]
    )
    assert "<details><summary>1 warning</summary>\n\n```\nthis chart\n```\n\n</details>\n" in told(found)


def test_names_do_nothing_in_the_comment() -> None:
    name = "</details>|`@everyone` <!-- x -->"
    text = told(of(step(BUCKET, name, "delete", old={})))
    assert text.count("</details>") - text.count("<details>") == text.count(name) + text.count(name.replace("|", r"\|"))
    assert f"`` {name.removesuffix('` <!-- x -->')}" in text or f"``{name}``" in text


def many_jobs(count: int) -> Document:
    def spec(parallelism: int, job: int) -> Document:
        config = {"state.savepoints.dir": f"s3://lake-state/job-{job}/savepoints"}
        return {"spec": {"flinkConfiguration": config, "job": {"parallelism": parallelism, "upgradeMode": "savepoint"}}}

    type_ = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
    steps = [step(type_, f"job-{number:03}", old=spec(1, number), new=spec(2, number)) for number in range(count)]
    return {"steps": steps, "changeSummary": {"update": count}}


def test_two_hundred_restarting_jobs_are_all_told_and_details_make_room() -> None:
    text = told(varied("nothing", lambda found: found.update(many_jobs(200))))
    assert len(text) <= LONGEST == 65_536
    assert text.count("| `job-") == 200
    assert "**200 jobs restart.**" in text
    assert "more left out**: a comment has no room for them" in text


def test_even_too_many_jobs_leave_room_for_what_is_left_out() -> None:
    text = told(varied("nothing", lambda found: found.update(many_jobs(2000))))
    assert len(text) <= LONGEST
    rows = text.count("| `job-")
    assert f"**{2000 - rows} more left out**" in text
    assert text.rstrip().endswith("The run's artifact has the whole preview.")
    assert "2000 updated." in text
