#!/usr/bin/env bash
# impact.sh STACK: fails where a pull request breaks running jobs or their tables, unless ACCEPTED is "true".
set -uo pipefail
stack=$1
verdict=$(mktemp -d)/impact.md
arguments=('HEAD^1..HEAD' --stack "$stack" --markdown "$verdict")
if [ "${ACCEPTED:-}" = true ]; then
  arguments+=(--accept)
fi

code=0
.venv/bin/lakehouse impact "${arguments[@]}" || code=$?
if [ -e "$verdict" ]; then
  cat "$verdict" >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
  if [ "$code" -ne 0 ]; then
    echo "::error::It breaks running jobs or their tables. If that is meant, set the label 'accepts-breaking-change'."
  fi
fi
exit "$code"
