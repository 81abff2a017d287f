#!/usr/bin/env bash
# Creates, or brings up to date, the two IAM roles of a PAR task from the documents beside this
# script. Every step is safe to repeat, so a second run changes nothing.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: create-roles.sh [options]

  --dry-run            print the AWS commands and run none of them; needs no credentials
  --account ID         12-digit AWS account (default: the caller's; in a dry run 123456789012)
  --region REGION      region of the ECS tasks and of EFS (default: $AWS_REGION, else us-east-2)
  --bucket NAME        bucket of the packages (default: pixell-agent-packages)
  --agent ORG/AGENT    narrow the task role to one agent; its role is named after it
  --file-system FS-ID  EFS file system of the wheelhouse; without it no EFS policy is put
  --endpoint-url URL   send every call there, for a rehearsal
  -h, --help           this text

Roles: pixell-agent-runtime-task-role and pixell-agent-runtime-execution-role.
Exit codes: 0 done, 1 AWS refused a step or the credentials, 2 wrong arguments.
USAGE
}

refuse() {
  printf 'create-roles: %s\n' "$1" >&2
  exit 2
}

note() {
  printf 'create-roles: %s\n' "$1" >&2
}

# require NAME VALUE PATTERN RULE: the whole value must match, or the run ends before any call.
require() {
  [[ $2 =~ ^($3)$ ]] || refuse "$1 is \"$2\"; it must be $4"
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dry_run=false
account=''
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
bucket=pixell-agent-packages
agent=''
file_system=''
endpoint=''

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --account | --region | --bucket | --agent | --file-system | --endpoint-url)
      [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    *) usage >&2; refuse "unknown argument \"$1\"" ;;
  esac
  case $1 in
    --account) account=$2 ;;
    --region) region=$2 ;;
    --bucket) bucket=$2 ;;
    --agent) agent=$2 ;;
    --file-system) file_system=$2 ;;
    --endpoint-url) endpoint=$2 ;;
  esac
  shift 2
done

require --region "$region" '[a-z]{2}(-[a-z]+)+-[0-9]+' 'an AWS region such as us-east-2'
require --bucket "$bucket" '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]' 'a bucket name: 3 to 63 of a-z 0-9 . -'
[ -z "$agent" ] || require --agent "$agent" '[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+' 'ORG/AGENT, without wildcards'
[ -z "$file_system" ] || require --file-system "$file_system" 'fs-[0-9a-f]{8,40}' 'an EFS id such as fs-0123456789abcdef0'

# The partition follows from the region; the documents are written for the commercial one.
case $region in
  cn-*) partition=aws-cn ;;
  us-gov-*) partition=aws-us-gov ;;
  *) partition=aws ;;
esac

export AWS_PAGER=''

call_aws() {
  if [ -n "$endpoint" ]; then
    aws "$@" --region "$region" --endpoint-url "$endpoint"
  else
    aws "$@" --region "$region"
  fi
}

# The CLI's own exit codes say little: 254 and 255 are a refused step and missing credentials alike.
refused() {
  printf 'create-roles: stopped at "aws %s"; what was done before it stays, and a second run goes on\n' "$1" >&2
  exit 1
}

# quoted WORD: as a person would write it in a shell; single quotes, and only where they are needed.
quoted() {
  local single="'\\''"
  case $1 in
    '' | *[!A-Za-z0-9_./:@%+=,-]*) printf " '%s'" "${1//\'/$single}" ;;
    *) printf ' %s' "$1" ;;
  esac
}

# step WORDS...: one AWS command, printed so that it can be pasted, or run with its answer hidden.
step() {
  local word
  if $dry_run; then
    set -- "$@" --region "$region"
    if [ -n "$endpoint" ]; then set -- "$@" --endpoint-url "$endpoint"; fi
    printf 'aws'
    for word in "$@"; do quoted "$word"; done
    printf '\n'
  else
    call_aws "$@" >/dev/null || refused "$1 $2"
  fi
}

if [ -z "$account" ]; then
  if $dry_run; then
    account=123456789012
    note "dry run without --account: the documents keep their example account $account"
  else
    account=$(call_aws sts get-caller-identity --query Account --output text) || refused 'sts get-caller-identity'
  fi
fi
require --account "$account" '[0-9]{12}' 'an AWS account id of 12 digits'

# document FILE: the document with this account's values instead of the examples, on one line.
document() {
  sed -e "s/123456789012/$account/g" \
    -e "s/us-east-2/$region/g" \
    -e "s/arn:aws:/arn:$partition:/g" \
    -e "s/pixell-agent-packages/$bucket/g" \
    -e "s|acme/greeter|$agent|g" \
    -e "s/fs-0123456789abcdef0/$file_system/g" \
    -e 's/^ *//' "$here/$1" | tr -d '\n'
}

# ensure_role NAME TRUST-FILE DESCRIPTION: an existing role keeps its name and gets this trust.
ensure_role() {
  local trust answer
  trust=$(document "$2")
  if $dry_run; then
    step iam create-role --role-name "$1" --description "$3" --assume-role-policy-document "$trust"
  elif answer=$(step iam create-role --role-name "$1" --description "$3" \
    --assume-role-policy-document "$trust" 2>&1); then
    note "$1: created"
  else
    case $answer in
      *EntityAlreadyExists*) note "$1: exists, brought up to date" ;;
      *) printf '%s\n' "$answer" >&2; return 1 ;;
    esac
  fi
  step iam update-assume-role-policy --role-name "$1" --policy-document "$trust"
}

task_role=pixell-agent-runtime-task-role
task_policy=task-role-policy.json
if [ -n "$agent" ]; then
  task_role=$task_role-${agent%%/*}-${agent#*/}
  task_policy=task-role-policy-per-agent.json
  [ ${#task_role} -le 64 ] || refuse "--agent $agent makes the role name $task_role longer than IAM's 64 characters"
fi
execution_role=pixell-agent-runtime-execution-role

ensure_role "$task_role" task-role-trust-policy.json 'What a PAR task may do: read agent packages'
step iam put-role-policy --role-name "$task_role" --policy-name read-agent-packages \
  --policy-document "$(document "$task_policy")"

ensure_role "$execution_role" execution-role-trust-policy.json 'What ECS does to start a PAR task'
step iam attach-role-policy --role-name "$execution_role" \
  --policy-arn "arn:$partition:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
if [ -n "$file_system" ]; then
  step iam put-role-policy --role-name "$execution_role" --policy-name mount-wheelhouse \
    --policy-document "$(document execution-role-efs-policy.json)"
else
  note 'no --file-system: execution-role-efs-policy.json is not put; name the wheelhouse to add it'
fi

$dry_run || note "done: arn:$partition:iam::$account:role/$task_role and arn:$partition:iam::$account:role/$execution_role"
