<?php
// Posts what stands in a file to the connector, signed: php send.php FILE (PHP 8)
//
// CONNECTOR_WEBHOOK is the address and CONNECTOR_SECRET the secret (whsec_...) that the panel has shown.

$body = file_get_contents($argv[1]);
$secret = getenv('CONNECTOR_SECRET');
$key = base64_decode(str_starts_with($secret, 'whsec_') ? substr($secret, 6) : $secret);

$id = 'msg_' . bin2hex(random_bytes(16)); // the same whenever this message is sent again
$timestamp = (string) time(); // of this attempt
// Over the bytes that are sent, not over the JSON again.
$signature = base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));

$answer = file_get_contents(getenv('CONNECTOR_WEBHOOK'), false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => [
        'Content-Type: application/json',
        "webhook-id: $id",
        "webhook-timestamp: $timestamp",
        "webhook-signature: v1,$signature",
    ],
    'content' => $body,
    'timeout' => 30,
    'ignore_errors' => true, // give the answer whatever its status is
]]));
$status = (int) explode(' ', $http_response_header[0])[1];
echo $status, ' ', $answer, PHP_EOL;
// 429 and 5xx, like no answer at all: send it again later, under the same webhook-id.
exit(intdiv($status, 100) === 2 ? 0 : 1);
