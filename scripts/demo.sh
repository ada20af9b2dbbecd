#!/usr/bin/env bash
# The whole job on examples/hello-service, against the local sandbox, with real containers. Nothing is left at the end.
#   SPEED=10      by how much AWS's own waits are shortened (containers take the time they take)
#   SIMULATED=1   no containers: for a machine that cannot have a Docker Engine
#   NO_INSTALL=1  install nothing from the distribution, start no daemon
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly speed=${SPEED:-10} simulated=${SIMULATED:-0} python=.venv/bin/python
export PATH="$PWD/.venv/bin:$PATH"

if [[ ${1:-} != --inside ]]; then
  SECONDS=0
  scripts/setup.sh run
  if [[ $simulated != 0 ]]; then exec "$0" --inside "$SECONDS"; fi
  exec "$python" scripts/with_engine.py -- "$0" --inside "$SECONDS"
fi
SECONDS=${2:-0} # what set-up took counts

readonly name="demo-$$" bold=$'\e[1m' plain=$'\e[0m'

say() { if [[ -t 1 ]]; then printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; else printf '\n# %s\n' "$*"; fi; }

# Show a command as a person would type it, then run it.
show() {
  printf '$'
  printf ' %s' "${@@Q}" | sed -E "s/'([A-Za-z0-9_.,:=\/@%+-]+)'/\1/g"
  printf '\n'
  "$@"
}

# Show and run a command whose last line on stdout is wanted afterwards, as $last.
exec 3>&1
answer() { last=$(show "$@" | relay); }
relay() {
  local line='' last=''
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    last=$line
  done
  printf '%s' "$last"
}

# A command that has to be refused, with exit code 3.
refused() {
  local code=0
  show "$@" || code=$?
  if [[ $code != 3 ]]; then
    say "That ended with $code, and should have been refused."
    exit 1
  fi
}

# What the Engine has of the images that this demo makes, under the name they are built with and that of the registry.
made_images() {
  local filters=(--filter "reference=hello-service:$commit*")
  if [[ -n ${registry:-} ]]; then filters+=(--filter "reference=$registry/*"); fi
  docker images --format '{{.Repository}}:{{.Tag}}' "${filters[@]}" | sed '/<none>/d' | LC_ALL=C sort -u
}

# The config as it was: for a while the demo deploys another.
restore() { if [[ -f ecsdeploy.toml.before ]]; then mv ecsdeploy.toml.before ecsdeploy.toml; fi; }

take_down() {
  local code=$?
  trap '' INT TERM HUP
  restore
  say 'Taking everything down.'
  show ecsdeploy sandbox down --name "$name" || code=1
  if [[ $simulated == 0 ]]; then
    LC_ALL=C comm -13 <(echo "$images") <(made_images) | xargs -r docker rmi --force >/dev/null || code=1
  fi
  case $code in
  0) say "Done in $SECONDS s." ;;
  130 | 143) say "Interrupted after $SECONDS s; nothing is left." ;;
  *) say "The demo failed after $SECONDS s (exit code $code)." ;;
  esac
  exit "$code"
}

build=() image=() # further arguments: of what builds, and of what deploys
commit=$(git rev-parse HEAD)
if [[ $simulated == 0 ]]; then
  "$python" scripts/machine.py 'ask the running container' curl
  images=$(made_images)
  build=(--build-arg "BASE_IMAGE=$("$python" scripts/base_image.py)")
fi

say "A local AWS. Its own waits pass $speed times as fast; containers take the time they take."
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
runtime=docker
[[ $simulated == 0 ]] || runtime=simulated
show ecsdeploy sandbox up --detach --name "$name" --port 0 --speed "$speed" --runtime "$runtime" --enforce-iam
printf '$ eval "$(ecsdeploy sandbox env --name %s)"\n' "$name"
environment=$(ecsdeploy sandbox env --name "$name")
eval "$environment"
registry=${AWS_ENDPOINT_URL#http://}

say 'Once, by an admin: the repository, the cluster, and a role that one branch of one repository may assume.'
show ecsdeploy setup

# A job on GitHub: a token that names it, and no key of AWS. IAM is asked for each of its requests.
as_job() { printf '%s\0' ecsdeploy sandbox github-job --name "$name" --repository "$@"; }
readonly ours=(acme/hello-service --repository-id 123456789 --owner-id 12345678)
mapfile -d '' -t job < <(as_job "${ours[@]}" --)

if [[ $simulated == 0 ]]; then
  say 'In a job on GitHub, without a key: the image, built, pushed, known by its digest.'
  answer "${job[@]}" ecsdeploy build-push "${build[@]}"
  pushed=$last
else
  say 'An image without content: simulated tasks run nothing.'
  show "$python" scripts/placeholder_image.py hello-service "$commit"
  image=(--image "$commit")
  pushed=$commit
fi

say 'What deploying would do, and what it would cost; nothing is changed.'
show "${job[@]}" ecsdeploy plan ${image[@]+"${image[@]}"}

say 'The same job deploys; it watches until the rollout has its verdict.'
answer "${job[@]}" ecsdeploy deploy --yes ${image[@]+"${image[@]}"}
url=$last
if [[ $simulated == 0 ]]; then
  say 'Through to the running container:'
  show curl --fail --silent --show-error --max-time 10 "$url"
fi

say 'Nobody else: another repository, another branch, a pull request from a fork.'
mapfile -d '' -t stranger < <(as_job mallory/hello-service --)
mapfile -d '' -t branch < <(as_job "${ours[@]}" --ref refs/heads/wip --)
mapfile -d '' -t fork < <(as_job "${ours[@]}" --event pull_request --fork mallory --)
refused "${stranger[@]}" ecsdeploy deploy --yes --image "$pushed"
refused "${branch[@]}" ecsdeploy deploy --yes --image "$pushed"
refused "${fork[@]}" ecsdeploy deploy --yes --image "$pushed"

say 'What it wrote, health checks left out.'
show ecsdeploy logs --since 10m --filter '{ $.path != "/healthz" }'

say 'Stop its task on purpose, and watch ECS heal.'
if [[ $simulated == 0 ]]; then
  show ecsdeploy chaos-stop --yes --probe "$url"
else
  show ecsdeploy chaos-stop --yes
fi

say 'Deploy again: nothing differs, so nothing is written. The new task has an address of its own.'
answer ecsdeploy deploy ${image[@]+"${image[@]}"}
if [[ $simulated == 0 ]]; then show curl --fail --silent --show-error --max-time 10 "$last"; fi

say 'What runs now, and whether it is what the config says.'
show ecsdeploy status

say 'A change that does not work out: another size, deployed and then taken back.'
sed -i.before 's/^memory = 512/memory = 1024/' ecsdeploy.toml
show ecsdeploy deploy --image "$pushed"
show ecsdeploy rollback --yes
show ecsdeploy history
restore

say 'What it costs a month, and what would save something.'
show ecsdeploy cost
