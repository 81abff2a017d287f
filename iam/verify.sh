#!/usr/bin/env bash
# Proves with the caller's own credentials that a PAR task role can do its work and nothing else. Run it
# as the role (inside a task, or after sts assume-role). It changes no object: of the two probes for write
# permissions, one sends a wrong checksum and the other deletes a key that does not exist. (If the role
# may delete, a versioned bucket gets one delete marker, and this script reports a failure.)
#
# A probe proves only the permission that it tests: a role that may also run tasks or pass roles gives the
# same answers. Only the policies prove that the role has no surplus, so this script reads them if it may,
# and reports at the end whether it did.
set -uo pipefail

usage() {
  cat <<'USAGE'
usage: verify.sh [options]
       verify.sh --policy FILE [--policy FILE] [--bucket NAME] [--agent ORG/AGENT] [--narrow-list]

  --policy FILE        judge this policy document and call nothing: every statement is compared with
                       what PAR needs, and the surplus is named. May be repeated; needs no AWS CLI
  --bucket NAME        bucket of the packages (default: pixell-agent-packages)
  --key KEY            an existing package, copied to prove the download (default: test.apkg; with
                       --agent and with --endpoint-url ORG/AGENT/1.2.0/AGENT.apkg, by default
                       acme/greeter/1.2.0/greeter.apkg, which par-testkit serve --policy has). If the
                       key does not exist, "no such key" proves the permission: S3 says that to nobody
                       who lacks it
  --prefix PREFIX      folder that may be listed (default: the folder of --key)
  --agent ORG/AGENT    the role is the narrow one: everything outside ORG/AGENT/ must be denied
  --narrow-list        the role was created so: listing the whole bucket must be denied
  --other-bucket NAME  an existing bucket of this account that must be denied (default: other-bucket,
                       which par-testkit serve --policy has; in AWS it is somebody else's)
  --role NAME          role whose policies are read (default: the role of the credentials)
  --reader NAME        profile of the AWS CLI that may read the policies (default: the same credentials;
                       the task role itself may not)
  --region REGION      default: $AWS_REGION, else us-east-2
  --profile NAME       profile of the AWS CLI whose permissions are probed
  --endpoint-url URL   send every call there, for a rehearsal
  -h, --help           this text

One line a check:
  ok       as it must be
  MISSING  denied, and PAR needs it
  SURPLUS  allowed, and the role must not have it
  UNCLEAR  neither allowed nor denied by the role's own policies: the answer is shown
Exit codes: 0 every check is ok, 1 any surprise, 2 wrong arguments or no AWS CLI.
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
narrow_list=false
other_bucket=other-bucket
policies=()
role=''
reader=''
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-2}}
profile=''
endpoint=''

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --narrow-list) narrow_list=true; shift; continue ;;
    --policy | --bucket | --key | --prefix | --agent | --other-bucket | --role | --reader | --region | --profile | --endpoint-url)
      [ $# -ge 2 ] || refuse "$1 needs a value" ;;
    *) usage >&2; refuse "unknown argument \"$1\"" ;;
  esac
  case $1 in
    --policy) policies+=("$2") ;;
    --bucket) bucket=$2 ;;
    --key) key=$2 ;;
    --prefix) prefix=$2 ;;
    --agent) agent=$2 ;;
    --other-bucket) other_bucket=$2 ;;
    --role) role=$2 ;;
    --reader) reader=$2 ;;
    --region) region=$2 ;;
    --profile) profile=$2 ;;
    --endpoint-url) endpoint=$2 ;;
  esac
  shift 2
done
case $agent in
  '' | ?*/?*) ;;
  *) refuse "--agent is \"$agent\"; it must be ORG/AGENT" ;;
esac

checks=0
surprises=''

report() { # WORD ACTION REST
  checks=$((checks + 1))
  printf '%-8s %s %s\n' "$1" "$2" "$3"
  [ "$1" = ok ] || surprises="$surprises $1:$2"
}

# conclude SENTENCE: prints the result and sets the exit code.
conclude() {
  if [ -z "$surprises" ]; then
    printf 'verify: %d checks, no surprise; %s\n' "$checks" "$1" >&2
    exit 0
  fi
  printf 'verify: %d checks, surprises:%s; %s\n' "$checks" "$surprises" "$1" >&2
  exit 1
}

# judge < POLICY: compares each statement of a policy document with what PAR needs. For each statement it
# prints a line with "ok", or with "SURPLUS" for each unneeded permission, then a tab, the action, a tab
# and the rest of the sentence. A statement that it cannot interpret with certainty is surplus, never ok.
judge() {
  awk -v bucket="$bucket" -v agent="$agent" -v narrow="$narrow_list" '
    function skip() { sub(/^[ \t\r\n]+/, "", text) }

    function broken(what) { if (fault == "") fault = what; text = "" }

    # A JSON value at the start of text; leaves path -> scalar in leaf, in the order of order.
    function value(path,   c, key, i) {
      if (fault != "") return
      skip()
      c = substr(text, 1, 1)
      if (c == "{") {
        text = substr(text, 2)
        skip()
        if (substr(text, 1, 1) == "}") { text = substr(text, 2); return }
        while (fault == "") {
          skip()
          key = string()
          skip()
          if (substr(text, 1, 1) != ":") { broken("is not JSON: a colon is missing after \"" key "\""); return }
          text = substr(text, 2)
          if ((path SUBSEP key) in seen) { broken("has the key \"" key "\" twice"); return }
          seen[path, key] = 1
          value(path == "" ? key : path "\t" key)
          skip()
          c = substr(text, 1, 1)
          text = substr(text, 2)
          if (c == "}") return
          if (c != ",") { broken("is not JSON: a comma or a brace is missing after \"" key "\""); return }
        }
      } else if (c == "[") {
        text = substr(text, 2)
        skip()
        if (substr(text, 1, 1) == "]") { text = substr(text, 2); return }
        for (i = 0; fault == ""; i++) {
          value(path "\t" i)
          skip()
          c = substr(text, 1, 1)
          text = substr(text, 2)
          if (c == "]") return
          if (c != ",") { broken("is not JSON: a comma or a bracket is missing in a list"); return }
        }
      } else if (c == "\"") {
        put(path, string())
      } else if (match(text, /^(true|false|null|-?[0-9.eE+-]+)/)) {
        put(path, substr(text, 1, RLENGTH))
        text = substr(text, RLENGTH + 1)
      } else broken("is not JSON")
    }

    function string(   result) {
      if (!match(text, /^"[^"\\]*"/)) { broken("is not JSON, or hides letters in an escape"); return "" }
      result = substr(text, 2, RLENGTH - 2)
      text = substr(text, RLENGTH + 1)
      return result
    }

    function put(path, scalar) { leaf[path] = scalar; order[leaves++] = path }

    function say(word, action, rest) { print word "\t" action "\t" rest; if (word != "ok") clean = 0 }

    { text = text $0 "\n" }

    END {
      value("")
      skip()
      if (fault == "" && text != "") fault = "is not JSON: something follows the document"
      if (fault != "") { say("SURPLUS", "document", fault); exit }

      # Statements by number; a single one may stand without a list.
      for (n = 0; n < leaves; n++) {
        parts = split(order[n], part, "\t")
        if (part[1] != "Statement") continue
        single = part[2] !~ /^[0-9]+$/
        id = single ? 0 : part[2]
        field = single ? part[2] : part[3]
        rest = ""
        for (i = single ? 3 : 4; i <= parts; i++) rest = rest "\t" part[i]
        if (!(id in known)) { known[id] = 1; ids[statements++] = id }
        scalar = leaf[order[n]]
        if (field == "Sid" || field == "Effect") fields[id, field] = scalar
        else if (field == "Action") actions[id, count[id, "a"]++] = scalar
        else if (field == "Resource") resources[id, count[id, "r"]++] = scalar
        else if (field == "Condition") {
          sub(/^\t/, "", rest)
          sub(/\t[0-9]+$/, "", rest)
          conditions[id, count[id, "c"]++] = rest "\t" scalar
        } else odd[id] = odd[id] " " field
      }
      if (statements == 0) say("SURPLUS", "document", "has no statement that can be read")

      for (n = 0; n < statements; n++) {
        id = ids[n]
        name = "statement " (id + 1) ((id SUBSEP "Sid") in fields ? " (" fields[id, "Sid"] ")" : "")
        if (fields[id, "Effect"] == "Deny") { say("ok", "Deny", name ": a Deny grants nothing"); continue }
        clean = 1
        if (fields[id, "Effect"] != "Allow") say("SURPLUS", "Effect", name ": neither Allow nor Deny")
        if (odd[id] != "") say("SURPLUS", "element", name ": cannot be judged:" odd[id])
        if (!count[id, "a"] || !count[id, "r"]) say("SURPLUS", "element", name ": no Action or no Resource")
        granted = ""
        for (i = 0; i < count[id, "a"]; i++) {
          action = actions[id, i]
          granted = granted (i ? " " : "") action
          for (j = 0; j < count[id, "r"]; j++) check(id, tolower(action), action, resources[id, j])
        }
        if (clean) say("ok", granted, name ": PAR needs it")
      }
    }

    function check(id, action, shown, resource,   arn, at, want) {
      arn = resource
      if (!sub(/^arn:aws[a-z-]*:s3:::/, "", arn)) arn = ""
      if (action == "s3:getobject") {
        want = bucket "/" (agent == "" ? "" : agent "/")
        if (substr(arn, 1, length(want)) != want) say("SURPLUS", shown, name ", on " resource ": reaches beyond " want "*")
      } else if (action == "s3:listbucket") {
        if (arn != bucket) say("SURPLUS", shown, name ", on " resource ": not the bucket " bucket)
        else if (!prefixed(id)) say("SURPLUS", shown, name ", on " resource ": lists " surplus)
      } else if (action == "kms:decrypt") {
        # Packages encrypted with an own key: S3 decrypts on behalf of the role, and nobody else does.
        for (at = 0; at < count[id, "c"]; at++)
          if (conditions[id, at] ~ /^StringEquals\tkms:ViaService\ts3\.[a-z0-9-]+\.[a-z0-9.]+$/) return
        say("SURPLUS", shown, name ", on " resource ": not limited to S3 by kms:ViaService")
      } else say("SURPLUS", shown, name ", on " resource ": PAR does not need it")
    }

    # Whether the listing asks for a prefix, and for one as narrow as it should be; else names the surplus.
    function prefixed(id,   at, found, prefix, parts, part) {
      surplus = "without any prefix: the condition StringLike s3:prefix is missing"
      for (at = 0; at < count[id, "c"]; at++) {
        parts = split(conditions[id, at], part, "\t")
        if (part[1] !~ /^String(Like|Equals)$/ || part[2] != "s3:prefix") continue
        prefix = part[3]
        found = 1
        if (agent != "" && substr(prefix, 1, length(agent) + 1) != agent "/") {
          surplus = "the prefix \"" prefix "\", outside " agent "/"
          return 0
        }
        if (narrow == "true" && (prefix !~ /\// || prefix ~ /^[*]/)) {
          surplus = "the prefix \"" prefix "\", which is not below a folder"
          return 0
        }
      }
      return found
    }'
}

# judge_as NAME FILE: reports the verdict on every statement of one document.
judge_as() {
  local word action rest
  while IFS=$'\t' read -r word action rest; do
    report "$word" "$action" "in $1, $rest"
  done < <(judge <"$2")
}

if [ ${#policies[@]} -gt 0 ]; then
  for policy in "${policies[@]}"; do
    [ -r "$policy" ] || refuse "--policy is \"$policy\"; there is no such file"
    judge_as "$policy" "$policy"
  done
  conclude 'the policies given were read, nothing was probed and no other policy of the role was seen'
fi

command -v aws >/dev/null 2>&1 || refuse 'the AWS CLI (aws) is not on the PATH; install it first'

absent=par-verify-no-such-object
folder=${agent:-par-verify/no-such-agent}
if [ -z "$key" ] && [ -n "$agent$endpoint" ]; then
  folder=${agent:-acme/greeter}
  key=$folder/1.2.0/${folder##*/}.apkg
fi
key=${key:-test.apkg}
case $key in
  */*) prefix=${prefix:-${key%/*}/} ;;
  *) prefix=${prefix:-$folder/} ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/par-verify.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
# Version 2 of the AWS CLI can print errors as JSON, but this script reads the code in parentheses.
export AWS_PAGER='' AWS_MAX_ATTEMPTS=2 AWS_CLI_ERROR_FORMAT=legacy

# Prints the first meaningful line of AWS's answer, shortened to fit on one line.
answer_line() {
  grep -m 1 '[^[:space:]]' "$work/answer" | cut -c 1-300
}

# ask WORDS...: makes one call and sets $verdict: allowed, absent, denied or unclear.
ask() {
  if [ -n "$profile" ]; then set -- "$@" --profile "$profile"; fi
  if [ -n "$endpoint" ]; then set -- "$@" --endpoint-url "$endpoint"; fi
  if aws "$@" --region "$region" --output json --cli-connect-timeout 10 --cli-read-timeout 60 \
    </dev/null >"$work/answer" 2>&1; then
    verdict=allowed
    return
  fi
  # Refused credentials say nothing about a permission, so only AWS's codes for "not permitted" count.
  if grep -Eq '\((AccessDenied|AccessDeniedException|UnauthorizedOperation|UnauthorizedException|403)\)' "$work/answer"; then
    verdict=denied
  elif grep -Eq '\((NoSuchKey|InvalidRange|BadDigest|InvalidDigest)\)' "$work/answer"; then
    verdict=absent
  else
    verdict=unclear
  fi
}

# must_allow ACTION WHERE WORDS...
must_allow() {
  local action=$1 where=$2
  shift 2
  ask "$@"
  case $verdict in
    allowed) report ok "$action" "on $where is allowed$(copied)" ;;
    absent) report ok "$action" "on $where is allowed: S3 says that there is no such key, which it says to no role without the permission; --key names one to copy" ;;
    # S3 hides whether a key exists from a role that may not list it.
    denied) report MISSING "$action" "on $where is denied, or there is no such key: $(answer_line)" ;;
    *) report UNCLEAR "$action" "on $where: $(answer_line)" ;;
  esac
}

copied() {
  if [ -s "$work/copy" ]; then printf ', copied %d bytes' "$(wc -c <"$work/copy")"; fi
}

# AWS names the kind of policy that denies. If it is not the role's, the role may still allow the action.
denied_by_the_role() {
  grep -Eq 'no identity-based policy allows|explicit deny in an identity-based policy' "$work/answer"
}

denied_by_another() {
  ! denied_by_the_role && grep -Eq 'because no .* allows the|with an explicit deny in an? ' "$work/answer"
}

# must_deny ACTION WHERE WORDS...: a call that passes authorization is surplus, whatever its result.
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
  # The access key does not belong to the session, as often happens in a shell with single sign-on.
  if [ -n "${AWS_SESSION_TOKEN:-}" ] && grep -Eq '\((InvalidToken|InvalidClientTokenId|UnrecognizedClientException)\)' "$work/answer"; then
    mixed=' (AWS_SESSION_TOKEN is set; unset it where the key is not of that session)'
  fi
  report UNCLEAR sts:GetCallerIdentity "the credentials do not work, so nothing can be verified$mixed: $(answer_line)"
  exit 1
fi
caller=$(sed -n 's/.*"Arn": *"\([^"]*\)".*/\1/p' "$work/answer")
report ok sts:GetCallerIdentity "verifying $caller"
role_of_caller=''
case $caller in
  *:assumed-role/*/*)
    role_of_caller=${caller#*:assumed-role/}
    role_of_caller=${role_of_caller%%/*} ;;
esac

must_allow s3:GetObject "$bucket/$key" s3api get-object --bucket "$bucket" --key "$key" "$work/copy"
rm -f "$work/copy"
must_allow s3:ListBucket "$bucket with prefix $prefix" \
  s3api list-objects-v2 --bucket "$bucket" --prefix "$prefix" --delimiter / --max-items 1

# "aws s3 ls" sends an empty prefix. A request without a prefix is different, because a condition on an
# absent key never matches.
if [ -n "$agent" ] || $narrow_list; then
  must_deny s3:ListBucket "$bucket with an empty prefix" s3api list-objects-v2 --bucket "$bucket" --prefix '' --max-items 1
else
  must_allow s3:ListBucket "$bucket with an empty prefix" s3api list-objects-v2 --bucket "$bucket" --prefix '' --max-items 1
fi
must_deny s3:ListBucket "$bucket without a prefix" s3api list-objects-v2 --bucket "$bucket" --max-items 1
if [ -n "$agent" ]; then
  must_deny s3:GetObject "$bucket outside $agent/" \
    s3api get-object --bucket "$bucket" --key "par-verify/another-agent/0.0.0/$absent.apkg" "$work/copy"
  must_deny s3:ListBucket "$bucket with prefix ${agent%%/*}/" \
    s3api list-objects-v2 --bucket "$bucket" --prefix "${agent%%/*}/" --delimiter / --max-items 1
fi
# The checksum is of other bytes: S3 first checks the permission, and then refuses the object.
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


# read_policies: judges every policy of the role, inline and attached; fails if it cannot read one.
read_policies() {
  local name arn version inline attached
  [ -n "$role" ] || return 1
  inline=$(iam list-role-policies --role-name "$role" --query PolicyNames) || return 1
  attached=$(iam list-attached-role-policies --role-name "$role" --query 'AttachedPolicies[].PolicyArn') || return 1
  if [ -z "$inline$attached" ]; then return 1; fi
  for name in $inline; do
    iam get-role-policy --role-name "$role" --policy-name "$name" --query PolicyDocument --output json >"$work/policy" || return 1
    judge_as "$name of $role" "$work/policy"
  done
  for arn in $attached; do
    version=$(iam get-policy --policy-arn "$arn" --query Policy.DefaultVersionId) || return 1
    iam get-policy-version --policy-arn "$arn" --version-id "$version" --query PolicyVersion.Document --output json >"$work/policy" || return 1
    judge_as "$arn" "$work/policy"
  done
}

# iam WORDS...: prints the answer as text, one name per line, and nothing for "None".
iam() {
  set -- "$@" --region "$region"
  if [ -n "${reader:-$profile}" ]; then set -- "$@" --profile "${reader:-$profile}"; fi
  if [ -n "$endpoint" ]; then set -- "$@" --endpoint-url "$endpoint"; fi
  case "$*" in *' --output '*) ;; *) set -- "$@" --output text ;; esac
  aws iam "$@" </dev/null 2>"$work/unread" >"$work/read" || return 1
  tr '\t' '\n' <"$work/read" | sed -e '/^None$/d'
}

role=${role:-$role_of_caller}
if read_policies; then
  conclude "the calls above were probed and all policies of $role were read: they hold nothing else"
else
  conclude "only the calls above were probed. The policies of ${role:-the caller} could not be read, so a permission that no call probes may be there: name a profile that may read them with --reader, or check the documents with --policy"
fi
