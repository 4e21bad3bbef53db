#!/usr/bin/env bash
# compare.sh STACK FOLDER: compares a pull request with the commit that it goes onto. Writes FOLDER/costs-before.json and
# costs-after.json, empty where no estimate could be made, and FOLDER/impact.md. Asks no cloud, and never fails for what it
# compares: the comment says what isn't known.
set -euo pipefail
stack=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
project=$PWD
# GitHub checks out what the merge would be, whose first parent that commit is.
base='HEAD^1'

estimate() { # CHECKOUT FILE
  (cd "$1" && PYTHONPATH="$1:$1/images/weborders" "$project/.venv/bin/python" -m costs "$stack" --json) > "$2" || : > "$2"
}

estimate "$project" "$folder/costs-after.json"
if git worktree add --quiet --detach "$folder/base" "$base"; then
  trap 'git worktree remove --force "$folder/base"' EXIT
  estimate "$folder/base" "$folder/costs-before.json"
else
  : > "$folder/costs-before.json"
fi

if ! .venv/bin/lakehouse impact "$base..HEAD" --stack "$stack" --accept --markdown "$folder/impact.md" \
  > "$folder/impact.txt" 2>&1; then
  {
    echo "#### Running jobs and tables"
    echo
    echo "**What becomes of them isn't known:** \`lakehouse impact\` failed. The end of what it said:"
    echo
    tail -n 10 "$folder/impact.txt" | cut -c1-500 | sed 's/^/    /'
  } > "$folder/impact.md"
fi
cat "$folder/impact.txt"
