from infra.kafka_access import read_statements, write_statements

CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-2"


def test_a_reader_may_do_all_that_its_actions_require_on_what_they_are_about() -> None:
    granted = {
        action: statement["Resource"]
        for statement in read_statements(CLUSTER, ["weborders", "returns"], group_prefix="test.copy.")
        for action in statement["Action"]
    }
    topics = [f"arn:aws:kafka:eu-west-1:123456789012:topic/shop/0a1b-2/{name}" for name in ("weborders", "returns")]
    groups = ["arn:aws:kafka:eu-west-1:123456789012:group/shop/0a1b-2/test.copy.*"]
    assert granted == {
        "kafka-cluster:Connect": [CLUSTER],
        "kafka-cluster:DescribeTopic": topics,
        "kafka-cluster:ReadData": topics,
        "kafka-cluster:DescribeGroup": groups,
        "kafka-cluster:AlterGroup": groups,
    }


def test_a_writer_may_write_and_create_its_topics_and_not_read_them() -> None:
    granted = {
        action: statement["Resource"]
        for statement in write_statements(CLUSTER, ["returns"])
        for action in statement["Action"]
    }
    topics = ["arn:aws:kafka:eu-west-1:123456789012:topic/shop/0a1b-2/returns"]
    assert granted == {
        "kafka-cluster:Connect": [CLUSTER],
        "kafka-cluster:WriteDataIdempotently": [CLUSTER],
        "kafka-cluster:DescribeTopic": topics,
        "kafka-cluster:CreateTopic": topics,
        "kafka-cluster:WriteData": topics,
    }


def test_statements_on_two_clusters_fit_in_one_policy() -> None:
    other = CLUSTER.replace("eu-west-1", "eu-central-1")
    both = [
        *read_statements(CLUSTER, ["weborders"], group_prefix="test.copy."),
        *read_statements(CLUSTER, ["returns"], group_prefix="test.copy."),
        *read_statements(other, ["weborders"], group_prefix="test.copy."),
        *write_statements(CLUSTER, ["weborders"]),
        *write_statements(CLUSTER, ["returns"]),
    ]
    sids = [statement["Sid"] for statement in both]
    assert len(set(sids)) == len(sids)
    assert all(sid.isalnum() for sid in sids)
