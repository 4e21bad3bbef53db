#!/usr/bin/env bash
# preview.sh STACK COMPARED: previews a stack with the policy pack applied. Writes the comment, with what compare.sh left in
# the folder COMPARED, to the step's output and summary; its exit code is the preview's, or 1 where there is no preview to
# comment on.
set -uo pipefail
stack=$1
compared=$2
work=$(mktemp -d)

code=0
pulumi preview --stack "$stack" --non-interactive --json --show-sames --policy-pack policy \
  --event-log "$work/events.jsonl" > "$work/preview.json" 2> >(tee "$work/errors.txt" >&2) || code=$?

# Without events the preview failed before any policy was asked.
if [ -s "$work/events.jsonl" ]; then
  .venv/bin/python -m review.violations "$work/events.jsonl" > "$work/violations.txt"
else
  : > "$work/violations.txt"
fi
if ! .venv/bin/python -m review "$work/preview.json" --stack "$stack" --violations "$work/violations.txt" \
  --impact "$compared/impact.md" --costs-before "$compared/costs-before.json" --costs-after "$compared/costs-after.json" \
  > "$work/comment.md"; then
  [ "$code" -ne 0 ] || code=1
  {
    echo "<!-- flink-lakehouse:preview:$stack -->"
    echo "### Preview of \`$stack\`"
    echo
    echo "**There is no preview: Pulumi failed before it had one.** The end of what it said:"
    echo
    tail -n 20 "$work/errors.txt" "$work/preview.json" | cut -c1-500 | sed 's/^/    /'
  } > "$work/comment.md"
fi

cat "$work/violations.txt" "$work/comment.md" >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  # A delimiter that the comment can't contain: GitHub's way for values of several lines.
  delimiter=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
  {
    echo "comment<<$delimiter"
    cat "$work/comment.md"
    echo
    echo "$delimiter"
  } >> "$GITHUB_OUTPUT"
fi
exit "$code"
