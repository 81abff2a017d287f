#!/usr/bin/env bash
# Proves with the caller's own credentials that a PAR task role can do its work and nothing else.
# Run it as the role (inside a task, or after sts assume-role). It changes nothing: of the two probes
# for write permissions one carries a wrong checksum, the other deletes a key that does not exist (a
# role that may do that in a versioned bucket leaves one delete marker behind, and a red line here).
set -uo pipefail

usage() {
  cat <<'USAGE'
usage: verify.sh [options]

  --bucket NAME        bucket of the packages (default: pixell-agent-packages)
  --key KEY            an existing package, copied to prove the download (default with --endpoint-url:
                       acme/greeter/1.2.0/greeter.apkg, which par-testkit serve --policy has). Where
                       there is none, "no such key" proves the permission, for S3 says it to no other
  --prefix PREFIX      folder that may be listed (default: the folder of --key)
  --agent ORG/AGENT    the role is the narrow one: everything outside ORG/AGENT/ must be denied
  --other-bucket NAME  an existing bucket of this account that must be denied (default: other-bucket,
                       which par-testkit serve --policy has; in AWS it is somebody else's)
  --region REGION      default: $AWS_REGION, else us-east-2
  --endpoint-url URL   send every call there, for a rehearsal
  -h, --help           this text

One line a check:
  ok       as it must be
  MISSING  denied, and PAR needs it
  SURPLUS  allowed, and the role must not have it
  UNCLEAR  neither allowed nor denied by the role's own policies: the answer is shown
Exit codes: 0 every check is ok, 1 any surprise, 2 wrong arguments.
USAGE
}

refuse() {
  printf 'verify: %s\n' "$1" >&2
  exit 2
}

bucket=pixell-agent-packages
key=''
prefix=''
agent=''
other_bucket=other-bucket
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
endpoint=''

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --bucket | --key | --prefix | --agent | --other-bucket | --region | --endpoint-url)
      [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    *) usage >&2; refuse "unknown argument \"$1\"" ;;
  esac
  case $1 in
    --bucket) bucket=$2 ;;
    --key) key=$2 ;;
    --prefix) prefix=$2 ;;
    --agent) agent=$2 ;;
    --other-bucket) other_bucket=$2 ;;
    --region) region=$2 ;;
    --endpoint-url) endpoint=$2 ;;
  esac
  shift 2
done
case $agent in
  '' | ?*/?*) ;;
  *) refuse "--agent is \"$agent\"; it must be ORG/AGENT" ;;
esac
command -v aws >/dev/null 2>&1 || refuse 'the AWS CLI (aws) is not on the PATH; install it first'

absent=par-verify-no-such-object
folder=${agent:-par-verify/no-such-agent}
if [ -z "$key" ] && [ -n "$endpoint" ]; then
  folder=${agent:-acme/greeter}
  key=$folder/1.2.0/${folder##*/}.apkg
elif [ -z "$key" ]; then
  key=$folder/0.0.0/$absent.apkg
fi
case $key in
  */*) prefix=${prefix:-${key%/*}/} ;;
  *) prefix=${prefix:-$folder/} ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/par-verify.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export AWS_PAGER='' AWS_MAX_ATTEMPTS=2

checks=0
surprises=''

# The first line of AWS's answer that says something, short enough for one line.
answer_line() {
  grep -m 1 '[^[:space:]]' "$work/answer" | cut -c 1-300
}

# ask WORDS...: leaves the verdict of one call in $verdict: allowed, absent, denied or unclear.
ask() {
  if [ -n "$endpoint" ]; then set -- "$@" --endpoint-url "$endpoint"; fi
  if aws "$@" --region "$region" --output json --cli-connect-timeout 10 --cli-read-timeout 60 \
    </dev/null >"$work/answer" 2>&1; then
    verdict=allowed
    return
  fi
  # Refused credentials are no verdict on a permission, so only AWS's words for "not permitted" count.
  if grep -Eq '\((AccessDenied|AccessDeniedException|UnauthorizedOperation|UnauthorizedException|403)\)' "$work/answer"; then
    verdict=denied
  elif grep -Eq '\((NoSuchKey|InvalidRange|BadDigest|InvalidDigest)\)' "$work/answer"; then
    verdict=absent
  else
    verdict=unclear
  fi
}

report() { # WORD ACTION REST
  checks=$((checks + 1))
  printf '%-8s %s %s\n' "$1" "$2" "$3"
  [ "$1" = ok ] || surprises="$surprises $1:$2"
}

# must_allow ACTION WHERE WORDS...
must_allow() {
  local action=$1 where=$2
  shift 2
  ask "$@"
  case $verdict in
    allowed) report ok "$action" "on $where is allowed$(copied)" ;;
    absent) report ok "$action" "on $where is allowed: S3 says that there is no such key, which it says to no role without the permission; --key copies a real one" ;;
    # S3 hides whether a key exists from a role that may not list it.
    denied) report MISSING "$action" "on $where is denied, or there is no such key: $(answer_line)" ;;
    *) report UNCLEAR "$action" "on $where: $(answer_line)" ;;
  esac
}

copied() {
  if [ -s "$work/copy" ]; then printf ', copied %d bytes' "$(wc -c <"$work/copy")"; fi
}

# AWS names the kind of policy that denies. What another kind denies, the role may still allow.
denied_by_the_role() {
  grep -Eq 'no identity-based policy allows|explicit deny in an identity-based policy' "$work/answer"
}

denied_by_another() {
  ! denied_by_the_role && grep -Eq 'because no .* allows the|with an explicit deny in an? ' "$work/answer"
}

# must_deny ACTION WHERE WORDS...: a call that gets past authorisation is surplus, whatever it answers.
must_deny() {
  local action=$1 where=$2
  shift 2
  ask "$@"
  case $verdict in
    denied)
      if denied_by_another; then
        report UNCLEAR "$action" "on $where is denied, but not by the role's own policies: $(answer_line)"
      elif [ "$where" = "$other_bucket" ] && ! denied_by_the_role; then
        report UNCLEAR "$action" "on $where is denied, and nothing says by the role: name an existing bucket of this account with --other-bucket: $(answer_line)"
      else
        report ok "$action" "on $where is denied"
      fi ;;
    allowed | absent) report SURPLUS "$action" "on $where is allowed: take it out of the role's policies" ;;
    *)
      if [ "$where" = "$other_bucket" ] && grep -q '(NoSuchBucket)' "$work/answer"; then
        report UNCLEAR "$action" "on $where: there is no such bucket, so nothing is proved; name an existing one with --other-bucket"
      else
        report UNCLEAR "$action" "on $where: $(answer_line)"
      fi ;;
  esac
}

ask sts get-caller-identity
if [ "$verdict" != allowed ]; then
  mixed=''
  # An access key that is not of the session: what a shell with single sign-on is left with.
  if [ -n "${AWS_SESSION_TOKEN:-}" ] && grep -Eq '\((InvalidToken|InvalidClientTokenId|UnrecognizedClientException)\)' "$work/answer"; then
    mixed=' (AWS_SESSION_TOKEN is set; unset it where the key is not of that session)'
  fi
  report UNCLEAR sts:GetCallerIdentity "the credentials do not work, so nothing can be verified$mixed: $(answer_line)"
  exit 1
fi
report ok sts:GetCallerIdentity "verifying $(sed -n 's/.*"Arn": *"\([^"]*\)".*/\1/p' "$work/answer")"

must_allow s3:GetObject "$bucket/$key" s3api get-object --bucket "$bucket" --key "$key" "$work/copy"
rm -f "$work/copy"
must_allow s3:ListBucket "$bucket with prefix $prefix" \
  s3api list-objects-v2 --bucket "$bucket" --prefix "$prefix" --delimiter / --max-items 1

must_deny s3:ListBucket "$bucket as a whole" s3api list-objects-v2 --bucket "$bucket" --max-items 1
if [ -n "$agent" ]; then
  must_deny s3:GetObject "$bucket outside $agent/" \
    s3api get-object --bucket "$bucket" --key "par-verify/another-agent/0.0.0/$absent.apkg" "$work/copy"
  must_deny s3:ListBucket "$bucket with prefix ${agent%%/*}/" \
    s3api list-objects-v2 --bucket "$bucket" --prefix "${agent%%/*}/" --delimiter / --max-items 1
fi
# The checksum is that of other bytes: S3 decides on the permission first and never keeps the object.
must_deny s3:PutObject "$bucket" s3api put-object --bucket "$bucket" --key "$folder/0.0.0/$absent.txt" \
  --content-md5 AAAAAAAAAAAAAAAAAAAAAA==
must_deny s3:DeleteObject "$bucket" s3api delete-object --bucket "$bucket" --key "$folder/0.0.0/$absent.$$"
must_deny s3:GetObject "$other_bucket" s3api get-object --bucket "$other_bucket" --key "$key" "$work/copy"
must_deny s3:ListBucket "$other_bucket" s3api list-objects-v2 --bucket "$other_bucket" --prefix "$prefix" --max-items 1
must_deny s3:ListAllMyBuckets 'the account' s3api list-buckets

must_deny ecs:ListTasks 'the account' ecs list-tasks
must_deny elasticloadbalancing:DescribeLoadBalancers 'the account' elbv2 describe-load-balancers
must_deny servicediscovery:ListServices 'the account' servicediscovery list-services
must_deny dynamodb:ListTables 'the account' dynamodb list-tables
must_deny rds:DescribeDBInstances 'the account' rds describe-db-instances
must_deny iam:ListUsers 'the account' iam list-users

if [ -z "$surprises" ]; then
  printf 'verify: %d checks, no surprise\n' "$checks" >&2
  exit 0
fi
printf 'verify: %d checks, surprises:%s\n' "$checks" "$surprises" >&2
exit 1
