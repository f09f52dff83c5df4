"""Posts what stands in a file to the connector, signed: python3 send.py FILE

CONNECTOR_WEBHOOK is the address and CONNECTOR_SECRET the secret (whsec_...) that the panel has shown.
"""
import base64, hashlib, hmac, os, sys, time, urllib.error, urllib.request, uuid

body = open(sys.argv[1], "rb").read()
key = base64.b64decode(os.environ["CONNECTOR_SECRET"].removeprefix("whsec_"))

message_id = "msg_" + uuid.uuid4().hex  # the same whenever this message is sent again
timestamp = str(int(time.time()))  # of this attempt
signed = message_id.encode() + b"." + timestamp.encode() + b"." + body  # the bytes that are sent, not the JSON again
signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()

request = urllib.request.Request(os.environ["CONNECTOR_WEBHOOK"], data=body, method="POST", headers={
    "Content-Type": "application/json",
    "webhook-id": message_id,
    "webhook-timestamp": timestamp,
    "webhook-signature": "v1," + signature,
})
try:
    with urllib.request.urlopen(request, timeout=30) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as answer:
    # 429 and 5xx, like no answer at all: send it again later, under the same webhook-id.
    print(answer.status, answer.read().decode())
    sys.exit(1)
