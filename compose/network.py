"""Addresses in the network of compose.yaml: a service's name is its host name."""

AWS = "http://aws:5000"
BOOTSTRAP_SERVERS = "kafka:9092"
REGISTRY = "http://registry:8080/apis/ccompat/v7"
ZOOKEEPER = "zookeeper:2181"
SESSION = "session-jobmanager"
"""Of the session cluster that the SQL client works on."""

WEB_PORT = 8081
RPC_PORT = 6123
DATABASE_PORTS = {"mysql": 3306, "postgres": 5432}
"""Service → its port; each is called like its engine."""
