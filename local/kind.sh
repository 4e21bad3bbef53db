#!/usr/bin/env bash
# A cluster on this machine, with a registry that its nodes pull from (kind docs: "Local Registry").
#   kind.sh up      makes them, or what is missing of them
#   kind.sh image   builds images/flink, pushes it there, and prints what it is called, by digest
#   kind.sh down    removes both, with all that is in them
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cluster=lakehouse
registry=lakehouse-registry
port=5001
registry_image=docker.io/library/registry:3.1.1@sha256:1be55279f18a2fe1a74edf2664cac61c1bea305b7b4642dab412e7affdcb3e33

up() {
  [ -n "$(docker ps --quiet --filter "name=^$registry\$")" ] || {
    docker rm --force "$registry" > /dev/null 2>&1 || true
    docker run --detach --restart=always --publish "127.0.0.1:$port:5000" --name "$registry" "$registry_image" > /dev/null
  }
  kind get clusters 2> /dev/null | grep --quiet --line-regexp "$cluster" \
    || kind create cluster --config "$here/kind.yaml" --wait 3m
  # To a node localhost is the node itself: for this registry it asks the container instead.
  for node in $(kind get nodes --name "$cluster"); do
    docker exec "$node" mkdir -p "/etc/containerd/certs.d/localhost:$port"
    echo "[host.\"http://$registry:5000\"]" \
      | docker exec --interactive "$node" cp /dev/stdin "/etc/containerd/certs.d/localhost:$port/hosts.toml"
  done
  [ "$(docker inspect --format '{{json .NetworkSettings.Networks.kind}}' "$registry")" != null ] \
    || docker network connect kind "$registry"
  echo "The context of kubeconfig is kind-$cluster, images come from localhost:$port."
}

pin() { (cd "$here/.." && .venv/bin/python -c "from infra import versions; print(versions.$1)"); }

image() {
  local name=localhost:$port/flink
  docker build "$here/../images/flink" --tag "$name:local" \
    --build-arg FLINK_IMAGE="$(pin FLINK_BASE_IMAGE)" --build-arg MAVEN_IMAGE="$(pin MAVEN_IMAGE)" >&2
  docker push "$name:local" >&2
  docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$name:local" | grep --max-count=1 "^$name@sha256:"
}

down() {
  kind delete cluster --name "$cluster"
  docker rm --force "$registry" > /dev/null
}

case ${1-} in
  up | image | down) "$1" ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
