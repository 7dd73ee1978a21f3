"""Who the workers are: options, TF_CONFIG, Slurm; and which shares of a batch are whose."""

import json

import pytest

from seqtasks.errors import UsageError
from seqtasks.training.workers.cluster import cluster_of, own_shares


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("TF_CONFIG", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)


def config(monkeypatch, value):
    monkeypatch.setenv("TF_CONFIG", value if isinstance(value, str) else json.dumps(value))


def test_a_number_is_that_of_processes_here_each_with_its_port():
    cluster = cluster_of("3")
    assert (cluster.index, cluster.count, cluster.local) == (0, 3, True)
    assert len({address.rpartition(":")[2] for address in cluster.addresses}) == 3
    assert {address.rpartition(":")[0] for address in cluster.addresses} == {"127.0.0.1"}


def test_addresses_need_a_number():
    cluster = cluster_of("a:7000, b:7001", 1)
    assert cluster.addresses == ("a:7000", "b:7001")
    assert (cluster.index, cluster.port, cluster.local) == (1, 7001, False)
    assert cluster.name == "worker 1 of 2"


@pytest.mark.parametrize(("workers", "worker"), [(None, None), ("1", None), ("a:7000", 0)])
def test_one_process_is_no_cluster(workers, worker):
    assert cluster_of(workers, worker) is None


@pytest.mark.parametrize(
    ("workers", "worker", "message"),
    [
        ("0", None, "--workers 0 is too few"),
        ("-1", None, "'-1' is not an address; write host:port"),
        ("x", None, "'x' is not an address; write host:port"),
        ("a:70000,b:1", 0, "'a:70000' is not an address"),
        ("a:1,b:2", None, "needs --worker, the number of this process, from 0"),
        ("a:1,b:2", 2, "there is no worker 2; 2 workers have the numbers 0 to 1"),
        ("a:1,b:2", -1, "there is no worker -1"),
        ("a:1,a:1", 0, "an address is there twice"),
        ("2", 1, "--worker is for addresses"),
        (None, 1, "--worker is the number of this process"),
        ("slurm", None, "SLURM_PROCID is not set"),
    ],
)
def test_what_is_no_cluster_is_refused(workers, worker, message):
    with pytest.raises(UsageError, match=message):
        cluster_of(workers, worker)


def test_tf_config_is_read_as_tf_distribute_reads_it_and_options_come_first(monkeypatch):
    workers = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    config(monkeypatch, workers)
    assert (cluster_of().addresses, cluster_of().index) == (("a:1", "b:2"), 1)
    assert cluster_of("c:3,d:4", 0).addresses == ("c:3", "d:4")
    workers["cluster"]["chief"] = ["c:3"]
    config(monkeypatch, workers)
    assert (cluster_of().addresses, cluster_of().index) == (("c:3", "a:1", "b:2"), 2)
    workers["task"] = {"type": "chief", "index": 0}
    config(monkeypatch, workers)
    assert cluster_of().index == 0


@pytest.mark.parametrize("value", [{}, {"task": {}}, {"cluster": {"worker": ["a:1"]}}])
def test_tf_config_of_one_process_is_no_cluster(monkeypatch, value):
    config(monkeypatch, value)
    assert cluster_of() is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{bad", "TF_CONFIG is not what tf.distribute reads"),
        ("[]", "TF_CONFIG is not what tf.distribute reads"),
        ({"cluster": {"worker": 3}}, "TF_CONFIG is not what tf.distribute reads"),
        ({"cluster": {"worker": ["a:1", "b:2"]}, "task": {"index": "x"}}, "TF_CONFIG is not what tf.distribute reads"),
        ({"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "ps"}}, "has the role 'ps'"),
        ({"cluster": {"worker": ["a:1", "b:2"], "ps": ["c:3"]}}, "has the role 'ps'"),
        ({"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 2}}, "there is no worker 2"),
        ({"cluster": {"worker": ["a", "b:2"]}}, "'a' is not an address"),
    ],
)
def test_other_tf_configs_are_refused(monkeypatch, value, message):
    config(monkeypatch, value)
    with pytest.raises(UsageError, match=message):
        cluster_of()


def test_slurm_is_read_by_tensorflow_and_only_when_asked(monkeypatch):
    for name, value in {
        "SLURM_PROCID": "1",
        "SLURM_STEP_NUM_TASKS": "3",
        "SLURM_STEP_NODELIST": "n[1-3]",
        "SLURM_STEP_TASKS_PER_NODE": "1(x3)",
    }.items():
        monkeypatch.setenv(name, value)
    assert cluster_of() is None
    cluster = cluster_of("slurm")
    assert (cluster.index, [address.partition(":")[0] for address in cluster.addresses]) == (1, ["n1", "n2", "n3"])


@pytest.mark.parametrize("shares", [1, 2, 3, 4, 6, 8, 12])
def test_workers_take_all_shares_and_whole_branches_of_the_tree(shares):
    for count in range(1, shares + 1):
        try:
            parts = [own_shares(i, count, shares) for i in range(count)]
        except UsageError:
            continue
        assert [share for part in parts for share in part] == list(range(shares))
        assert count == 1 or {len(part) & (len(part) - 1) for part in parts} == {0}


def test_a_number_of_workers_that_does_not_fit_is_refused():
    with pytest.raises(
        UsageError,
        match="3 workers cannot take equal parts of a batch of training.shares=4; give --workers 2 or --workers 4",
    ):
        own_shares(0, 3, 4)
    with pytest.raises(UsageError, match="2 workers cannot take equal parts of a batch of training.shares=6"):
        own_shares(0, 2, 6)
