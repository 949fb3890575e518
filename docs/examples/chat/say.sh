#!/bin/sh
# Writes into the chat of a ticket by curl, or takes back what was written, over RabbitMQ's management API (plugin rabbitmq_management; the user needs
# the tag management: rabbitmqctl set_user_tags chat management).
#
#   export RABBITMQ_API=https://rabbitmq.example.com:15671/api RABBITMQ_LOGIN=chat:password POSTROOM_TOKEN=prt_…
#   EVENT_ID=5f0c6a52-6a5e-4d0e-9b5c-0d6d5b1f7a10 sh say.sh O2311000 "The engineer comes tomorrow at 10:00."
#   UNDO=5f0c6a52-6a5e-4d0e-9b5c-0d6d5b1f7a10 sh say.sh O2311000
#
# Without EVENT_ID it makes one up. The API is meant for tries, not for load. It answers {"routed":true} when the event is in Postroom's queue.
# With DRY_RUN=1 it prints what it would send. Needs curl and jq.
set -eu

ticket=$1
text=${2-}
event_id=${EVENT_ID:-$(cat /proc/sys/kernel/random/uuid)}

event=$(jq -cn --arg id "$event_id" --arg now "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --arg ticket "$ticket" --arg text "$text" \
  --arg undo "${UNDO:-}" \
  '{version: 1, event_id: $id, occurred_at: $now, ticket: $ticket, author: {name: "Anna"}}
    + if $undo == "" then {type: "chat.message", text: $text, chat: "customer"}
      else {type: "chat.undo", message_event_id: $undo} end')
request=$(jq -cn --arg event "$event" --arg token "Bearer $POSTROOM_TOKEN" \
  '{routing_key: ($event | fromjson | .type), payload: $event, payload_encoding: "string",
    properties: {content_type: "application/json", delivery_mode: 2, headers: {authorization: $token}}}')

if [ -n "${DRY_RUN:-}" ]; then
  printf '%s\n' "$request"
else
  printf '%s' "$request" | curl --fail --silent --show-error --user "$RABBITMQ_LOGIN" \
    --header 'Content-Type: application/json' --data-binary @- \
    "$RABBITMQ_API/exchanges/${RABBITMQ_VHOST:-%2F}/postroom.chat/publish"
fi
