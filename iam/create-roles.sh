#!/usr/bin/env bash
# Creates the two IAM roles of a PAR task from the documents beside this script, or updates them. The
# script inspects both roles before it changes anything, so a refused run changes nothing, and neither
# does a second run.
#
# The documents name no account, so that they work in every account. This script adds the account's
# conditions to both trust policies: aws:SourceAccount and aws:SourceArn (see harden below).
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: create-roles.sh [options]

  --dry-run                   print the AWS commands and run none of them; needs no credentials
  --account ID                refuse to work in any other account than this one
                              (in a dry run: default 123456789012)
  --region REGION             region of the ECS tasks and of EFS (default: $AWS_REGION, else us-east-2)
  --bucket NAME               bucket of the packages (default: pixell-agent-packages)
  --agent ORG/AGENT           narrow the task role to one agent; its role is named after it
  --narrow-list               list only below a folder: s3:prefix "?*/*" instead of "*". A missing
                              object at the top of the bucket is then reported as 403, not as 404
  --file-system FS-ID         EFS file system of the wheelhouse; without it no EFS policy is put
  --access-point FSAP-ID      access point of the wheelhouse; required with --file-system
  --permissions-boundary ARN  boundary of both roles
  --tag KEY=VALUE             tag of both roles; may be repeated
  --replace                   bring a role up to date although it has policies, a boundary or a trust
                              that this script did not give it: they are removed
  --profile NAME              profile of the AWS CLI
  --endpoint-url URL          send every call there, for a rehearsal
  -h, --help                  this text

Roles: pixell-agent-runtime-task-role and pixell-agent-runtime-execution-role.
Exit codes: 0 done, 1 AWS refused a step, or a role has what it must not have,
2 wrong arguments, the wrong account or no AWS CLI.
USAGE
}

refuse() {
  printf 'create-roles: %s\n' "$1" >&2
  exit 2
}

note() {
  printf 'create-roles: %s\n' "$1" >&2
}

# require NAME VALUE PATTERN RULE: unless the whole value matches, the script exits before any call.
require() {
  [[ $2 =~ ^($3)$ ]] || refuse "$1 is \"$2\"; it must be $4"
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dry_run=false
account=''
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
bucket=pixell-agent-packages
agent=''
narrow_list=false
file_system=''
access_point=''
boundary=''
tags=()
replace=false
profile=''
endpoint=''

while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=true; shift; continue ;;
    --narrow-list) narrow_list=true; shift; continue ;;
    --replace) replace=true; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --account | --region | --bucket | --agent | --file-system | --access-point | --permissions-boundary | --tag | \
      --profile | --endpoint-url)
      [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    *) usage >&2; refuse "unknown argument \"$1\"" ;;
  esac
  case $1 in
    --account) account=$2; require --account "$account" '[0-9]{12}' 'an AWS account id of 12 digits' ;;
    --region) region=$2 ;;
    --bucket) bucket=$2 ;;
    --agent) agent=$2 ;;
    --file-system) file_system=$2 ;;
    --access-point) access_point=$2 ;;
    --permissions-boundary) boundary=$2 ;;
    --tag) tags+=("$2") ;;
    --profile) profile=$2 ;;
    --endpoint-url) endpoint=$2 ;;
  esac
  shift 2
done

require --region "$region" '[a-z]{2,4}(-[a-z]+)+-[0-9]+' 'an AWS region such as us-east-2'
require --bucket "$bucket" '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]' 'a bucket name: 3 to 63 of a-z 0-9 . -'
[ -z "$agent" ] || require --agent "$agent" '[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+' 'ORG/AGENT, without wildcards'
[ -z "$file_system" ] || require --file-system "$file_system" 'fs-[0-9a-f]{8,40}' 'an EFS id such as fs-0123456789abcdef0'
[ -z "$access_point" ] || require --access-point "$access_point" 'fsap-[0-9a-f]{8,40}' \
  'an EFS access point id such as fsap-0123456789abcdef0'
[ -z "$boundary" ] || require --permissions-boundary "$boundary" 'arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+' \
  'the ARN of a managed policy'
for tag in ${tags[@]+"${tags[@]}"}; do
  require --tag "$tag" '[A-Za-z0-9 _.:/+@-]{1,128}=[A-Za-z0-9 _.:/=+@-]{0,256}' 'KEY=VALUE of letters, digits, blanks and _ . : / = + - @'
done
if [ -n "$file_system" ] && [ -z "$access_point" ]; then
  refuse '--file-system needs --access-point: the policy admits one access point, not the whole file system'
elif [ -z "$file_system" ] && [ -n "$access_point" ]; then
  refuse '--access-point needs --file-system'
fi
if $narrow_list && [ -n "$agent" ]; then
  refuse '--agent already narrows the listing to the folder of the agent; leave --narrow-list out'
fi

# The region determines the partition; the documents name the commercial partition.
case $region in
  cn-*) partition=aws-cn ;;
  us-gov-*) partition=aws-us-gov ;;
  us-iso-*) partition=aws-iso ;;
  us-isob-*) partition=aws-iso-b ;;
  eu-isoe-*) partition=aws-iso-e ;;
  us-isof-*) partition=aws-iso-f ;;
  eusc-*) partition=aws-eusc ;;
  *) partition=aws ;;
esac

execution_role=pixell-agent-runtime-execution-role
execution_policy=arn:$partition:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
task_role=pixell-agent-runtime-task-role
task_policy=task-role-policy.json
readable="arn:$partition:s3:::$bucket/*"
if [ -n "$agent" ]; then
  # A role name may contain "@" and --agent may not, so acme/greeter-x and acme-greeter/x get different
  # names.
  task_role=$task_role-${agent%%/*}@${agent#*/}
  task_policy=task-role-policy-per-agent.json
  readable="arn:$partition:s3:::$bucket/$agent/*"
  [ ${#task_role} -le 64 ] || refuse "--agent $agent makes the role name $task_role longer than IAM's 64 characters"
fi

# Version 2 of the AWS CLI can print errors as JSON, but this script reads the code in parentheses.
export AWS_PAGER='' AWS_CLI_ERROR_FORMAT=legacy
where=(--region "$region")
[ -z "$profile" ] || where+=(--profile "$profile")
[ -z "$endpoint" ] || where+=(--endpoint-url "$endpoint")

# The CLI's own exit codes do not help: 254 and 255 both occur for a refused step and for missing
# credentials.
refused() {
  printf 'create-roles: stopped at "aws %s"; the steps before it stay done, and a second run continues\n' "$1" >&2
  exit 1
}

# quoted WORD: the word as a person would write it in a shell, in single quotes only if it needs them.
quoted() {
  local single="'\\''"
  case $1 in
    '' | *[!A-Za-z0-9_./:@%+=,-]*) printf " '%s'" "${1//\'/$single}" ;;
    *) printf ' %s' "$1" ;;
  esac
}

# step WORDS...: prints an AWS command in a form that can be pasted, or runs it and hides its answer.
step() {
  local word
  if $dry_run; then
    printf 'aws'
    for word in "$@" "${where[@]}"; do quoted "$word"; done
    printf '\n'
  else
    aws "$@" "${where[@]}" >/dev/null || refused "$1 $2"
  fi
}

# read_only WORDS...: prints the answer of an AWS command that changes nothing.
read_only() {
  aws "$@" "${where[@]}" || refused "$1 $2"
}

if $dry_run; then
  if [ -z "$account" ]; then
    account=123456789012
    note "dry run without --account: the example account $account is used"
  fi
else
  command -v aws >/dev/null 2>&1 || refuse 'the AWS CLI (aws) is not on the PATH; install it first'
  caller=$(read_only sts get-caller-identity --query Account --output text) || exit 1
  [ -z "$account" ] || [ "$account" = "$caller" ] ||
    refuse "--account is $account, but the credentials belong to account $caller; use a profile of $account"
  account=$caller
  require 'the account of the credentials' "$account" '[0-9]{12}' 'an AWS account id of 12 digits'
fi

# document FILE: prints the document with this account's values instead of placeholders, on one line.
document() {
  sed -e "s/ACCOUNT_ID/$account/g" \
    -e "s/us-east-2/$region/g" \
    -e "s/arn:aws:/arn:$partition:/g" \
    -e "s/pixell-agent-packages/$bucket/g" \
    -e "s|acme/greeter|$agent|g" \
    -e "s/FILESYSTEM_ID/$file_system/g" \
    -e "s/ACCESS_POINT_ID/$access_point/g" \
    -e 's/^ *//' "$here/$1" | tr -d '\n'
}

# Prints the trust policy with the two conditions that prevent ECS from giving the role to a task of
# another account or region (AWS: "Prevent the cross-service confused deputy problem").
harden() {
  local condition="\"Condition\": {\"StringEquals\": {\"aws:SourceAccount\": \"$account\"},\"ArnLike\": {\"aws:SourceArn\": \"arn:$partition:ecs:$region:$account:*\"}}"
  sed -e "s|\"Action\": \"sts:AssumeRole\"|\"Action\": \"sts:AssumeRole\",$condition|"
}

task_document=$(document "$task_policy")
if $narrow_list; then
  task_document=${task_document/'"s3:prefix": ["*"]'/'"s3:prefix": ["?*/*"]'}
fi

# compact JSON: prints the document without blanks, so that AWS's layout and ours compare equal.
compact() {
  tr -d '[:space:]' <<<"$1"
}

# found ROLE: whether the role exists. The fake's empty answer means that it does not.
found() {
  local answer
  if answer=$(aws iam get-role --role-name "$1" --query Role.Arn --output text "${where[@]}" 2>&1); then
    [ -n "$answer" ] && [ "$answer" != None ]
  else
    case $answer in
      *'(NoSuchEntity)'*) return 1 ;;
      *) printf '%s\n' "$answer" >&2; refused 'iam get-role' ;;
    esac
  fi
}

# names WORDS...: prints the result of a listing, one name per line.
names() {
  local answer
  answer=$(read_only "$@" --output text) || exit 1
  tr '\t' '\n' <<<"$answer" | grep -v -e '^None$' -e '^$' || true
}

# foreign ROLE TRUST-FILE ATTACHED INLINE: prints a line for each property of the role that does not come
# from this script: "attached ARN", "inline NAME", "boundary ARN", "trust DOCUMENT", "reads DOCUMENT".
foreign() {
  local role=$1 attached inline bound trust each
  attached=$(names iam list-attached-role-policies --role-name "$role" --query 'AttachedPolicies[].PolicyArn') || exit 1
  for each in $attached; do
    [ "$each" = "$3" ] || printf 'attached %s\n' "$each"
  done
  inline=$(names iam list-role-policies --role-name "$role" --query PolicyNames) || exit 1
  while IFS= read -r each; do
    [ -z "$each" ] || [ "$each" = "$4" ] || printf 'inline %s\n' "$each"
  done <<<"$inline"
  bound=$(names iam get-role --role-name "$role" --query Role.PermissionsBoundary.PermissionsBoundaryArn) || exit 1
  [ -z "$bound" ] || [ "$bound" = "$boundary" ] || printf 'boundary %s\n' "$bound"
  trust=$(read_only iam get-role --role-name "$role" --query Role.AssumeRolePolicyDocument --output json) || exit 1
  trust=$(compact "$trust")
  # The manual commands of README.md put the plain document, so the script hardens it instead of refusing.
  [ "$trust" = "$(compact "$(document "$2" | harden)")" ] || [ "$trust" = "$(compact "$(document "$2")")" ] ||
    printf 'trust %s\n' "$trust"
  # The role belongs to other packages, for instance to an agent whose name differs only in case.
  if [ "$4" = S3PackageAccess ] && grep -qx S3PackageAccess <<<"$inline"; then
    each=$(read_only iam get-role-policy --role-name "$role" --policy-name S3PackageAccess --query PolicyDocument --output json) || exit 1
    grep -qF "\"$readable\"" <<<"$each" || printf 'reads %s\n' "$(compact "$each")"
  fi
}

# inspect ROLE TRUST-FILE ATTACHED INLINE: sets $state to new or old, and reports foreign properties.
inspect() {
  local line
  state=new
  surplus=''
  if $dry_run || ! found "$1"; then return; fi
  state=old
  surplus=$(foreign "$@") || exit 1
  [ -n "$surplus" ] || return 0
  while IFS= read -r line; do note "$1 has ${line%% *} ${line#* }"; done <<<"$surplus"
  $replace || refused_roles="$refused_roles $1"
}

# ensure_role NAME STATE SURPLUS TRUST-FILE DESCRIPTION: creates the role, or updates it.
ensure_role() {
  local trust line tag_list='' each
  trust=$(document "$4" | harden)
  for each in ${tags[@]+"${tags[@]}"}; do
    tag_list="$tag_list${tag_list:+,}{\"Key\":\"${each%%=*}\",\"Value\":\"${each#*=}\"}"
  done
  if [ "$2" = new ]; then
    set -- "$1" iam create-role --role-name "$1" --description "$5" --assume-role-policy-document "$trust"
    [ -z "$boundary" ] || set -- "$@" --permissions-boundary "$boundary"
    [ -z "$tag_list" ] || set -- "$@" --tags "[$tag_list]"
    step "${@:2}"
    $dry_run || note "$1: created"
    return
  fi
  while IFS= read -r line; do
    case $line in
      attached*) step iam detach-role-policy --role-name "$1" --policy-arn "${line#* }" ;;
      inline*) step iam delete-role-policy --role-name "$1" --policy-name "${line#* }" ;;
      boundary*) [ -n "$boundary" ] || step iam delete-role-permissions-boundary --role-name "$1" ;;
    esac
  done <<<"$3"
  step iam update-assume-role-policy --role-name "$1" --policy-document "$trust"
  [ -z "$boundary" ] || step iam put-role-permissions-boundary --role-name "$1" --permissions-boundary "$boundary"
  [ -z "$tag_list" ] || step iam tag-role --role-name "$1" --tags "[$tag_list]"
  note "$1: exists, brought up to date"
}

refused_roles=''
inspect "$task_role" task-role-trust-policy.json '' S3PackageAccess
task_state=$state task_surplus=$surplus
inspect "$execution_role" execution-role-trust-policy.json "$execution_policy" EFSAccess
execution_state=$state execution_surplus=$surplus
if [ -n "$refused_roles" ]; then
  note "nothing was changed: this script did not make all of$refused_roles; --replace removes what is shown above"
  exit 1
fi

ensure_role "$task_role" "$task_state" "$task_surplus" task-role-trust-policy.json 'What a PAR task may do: read agent packages'
step iam put-role-policy --role-name "$task_role" --policy-name S3PackageAccess --policy-document "$task_document"

ensure_role "$execution_role" "$execution_state" "$execution_surplus" execution-role-trust-policy.json 'What ECS does to start a PAR task'
step iam attach-role-policy --role-name "$execution_role" --policy-arn "$execution_policy"
if [ -n "$file_system" ]; then
  step iam put-role-policy --role-name "$execution_role" --policy-name EFSAccess \
    --policy-document "$(document execution-role-efs-policy.json)"
else
  note 'no --file-system: the policy EFSAccess is not put; name the wheelhouse to add it'
fi

$dry_run || note "done: arn:$partition:iam::$account:role/$task_role and arn:$partition:iam::$account:role/$execution_role"
